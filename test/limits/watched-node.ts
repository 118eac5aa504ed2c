import { runNode } from '../../src/node/run.ts';

/** What a process holds, in bytes. */
export interface Held {
  /** Objects and buffers, after everything that nobody uses was collected. */
  readonly heldBytes: number;
  /** All memory of the process, that of OpenSSL among it. */
  readonly residentBytes: number;
}

/** A node in a process of its own, started with `--expose-gc`, that tells its parent what it holds when it is asked. */
if (import.meta.main) {
  process.on('message', () => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heldBytes: heapUsed + external, residentBytes: rss } satisfies Held);
  });
  const [home = ''] = process.argv.slice(2);
  process.exitCode = await runNode({ home, logLevel: 'debug', insecure: false, terminal: 'look' });
  process.disconnect?.();
}
