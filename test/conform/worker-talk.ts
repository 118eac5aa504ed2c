import { justWait } from '../../src/conform/around-wait.ts';
import { DEFAULT_PEER_TIMEOUT_MS } from '../../src/conform/limits.ts';
import { Peer } from '../../src/conform/peer.ts';
import { tongueOf } from '../../src/conform/tongue.ts';
import { Door } from '../../src/conform/worker/door.ts';
import { type Host, TalkWithWorker } from '../../src/conform/worker/talk-with-worker.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Connection } from '../../src/transport/transport.ts';

const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';
/** What a worker says of itself in its session 8. */
export const HELLO = {
  name: 'worker1',
  type: 'worker',
  cluster: 'wazuh',
  node: 'b'.repeat(32),
  session: 8,
};

/** A path at a worker that was accepted before, in its session 7, and the worker's end of the connection. */
export function workerTalk(
  dialect: DialectName,
  change: Partial<Host> = {},
  timeoutMs = 1_000,
): { talk: TalkWithWorker; worker: Connection } {
  const target = { host: '', port: 0, dialect, key: KEY, cluster: 'wazuh', isPlain: true, release: '4.7.5' };
  const tongue = tongueOf(target);
  const talk = new TalkWithWorker(
    {
      target,
      tongue,
      name: 'master',
      version: '1',
      door: new Door(),
      aroundWait: justWait,
      patienceMs: 1,
      idleTimeoutMs: 1,
      worker: { name: HELLO.name, version: '1', node: HELLO.node, session: 7 },
      ...change,
    },
    { timeoutMs, peerTimeoutMs: DEFAULT_PEER_TIMEOUT_MS },
  );
  const [connection, worker] = memoryPair();
  talk.use(new Peer(connection, tongue.dialect('master', 'master')));
  return { talk, worker };
}
