import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { runNode } from '../../src/node/run.ts';

/** What a process holds, in bytes. */
export interface Held {
  /** Objects and buffers, after everything that nobody uses was collected. */
  readonly heldBytes: number;
  /** All memory of the process, that of OpenSSL among it. */
  readonly residentBytes: number;
}

/** How long connections stood, by the clock and in the loop of the process that accepted them. */
export interface Borne {
  /** Time from its acceptance to its end of each that has ended, by its address and port. */
  readonly borneMs: Readonly<Record<string, number>>;
  /** Longest time for which the loop did nothing else since it was asked last. */
  readonly lagMs: number;
}

export type Question = 'look' | 'borne';

const NS_PER_MS = 1_000_000;
const LAG_RESOLUTION_MS = 10;

function look(): Held {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heldBytes: heapUsed + external, residentBytes: rss };
}

/** Starts to measure; returns what tells the result. */
function watchSockets(): () => Borne {
  let borneMs: Record<string, number> = {};
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket };
    const address = `${socket.remoteAddress}:${socket.remotePort}`;
    const acceptedMs = performance.now();
    socket.once('close', () => {
      borneMs[address] = performance.now() - acceptedMs;
    });
  });
  return () => {
    const borne = { borneMs, lagMs: lag.max / NS_PER_MS };
    borneMs = {};
    lag.reset();
    return borne;
  };
}

/** A node in a process of its own, started with `--expose-gc`, that answers its parent. */
if (import.meta.main) {
  const borne = watchSockets();
  process.on('message', (question: Question) => {
    process.send?.(question === 'look' ? look() : borne());
  });
  const [home = ''] = process.argv.slice(2);
  process.exitCode = await runNode({ home, logLevel: 'debug', insecure: false, terminal: 'look' });
  process.disconnect?.();
}
