import { justWait } from '../../src/conform/around-wait.ts';
import { Talk } from '../../src/conform/talk.ts';
import { tongueOf } from '../../src/conform/tongue.ts';
import type { ChartTransition } from '../../src/inspect/transitions.ts';

/** A path at nobody: every step can be done, and nothing is heard of it. */
export class StubTalk extends Talk {
  readonly tongue = tongueOf({
    host: '',
    port: 0,
    dialect: 'muster',
    key: '',
    cluster: '',
    isPlain: true,
    release: '',
  });
  readonly workerName = 'worker';
  readonly testedName = 'master';
  readonly aroundWait = justWait;
  readonly checks = { answers: {}, requests: {} };

  constructor() {
    super({ timeoutMs: 1_000, peerTimeoutMs: 1_000 });
  }

  async begin(): Promise<void> {}
  async perform(_step: string): Promise<void> {}
  acknowledgeEnd(): void {}
  answerAside(): boolean {
    return false;
  }
}

/** An arrow of a chart that has no guard. */
export const transition = (source: string, on: string, target: string): ChartTransition => ({
  source,
  on,
  branch: 0,
  targets: [target],
  event: on,
  guard: null,
});
