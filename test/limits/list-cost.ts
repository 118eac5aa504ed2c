import { FileIndex } from '../../src/files/index.ts';
import { FilePool } from '../../src/files/pool.ts';
import type { RoundOrder } from '../../src/files/rounds.ts';
import { Rounds } from '../../src/files/rounds.ts';
import { ScanState } from '../../src/files/scan-state.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { filesConfig } from '../files/fixture.ts';

/** What a list of files, as a worker sent it, did to the process that read it. */
export interface ListCost {
  /** Most memory that it took in the thread of the rounds. */
  readonly peakBytes: number;
  /** What its round keeps as long as it is under way, the manifest among it; 0 if there is none. */
  readonly keptBytes: number;
  /** CPU of all its threads: whatever else the machine does is no part of it. */
  readonly cpuMs: number;
  /** Code of the error with which the list was refused. */
  readonly code: number | null;
}

const BYTES_PER_KIB = 1024;
const MICROSECONDS_PER_MS = 1000;

async function readInThread(order: RoundOrder): Promise<Omit<ListCost, 'keptBytes'>> {
  const { home, config } = order;
  const pool = new FilePool({ threads: 1 });
  try {
    const index = new FileIndex({ home, config, pool });
    await index.scan();
    const idleBytes = process.memoryUsage.rss();
    const before = process.cpuUsage();
    const code = await pool.runSticky('openRound', { index: index.number, ...order }).then(
      () => null,
      (error) => MusterError.from(error).code,
    );
    const { user, system } = process.cpuUsage(before);
    const peakBytes = process.resourceUsage().maxRSS * BYTES_PER_KIB - idleBytes;
    return { peakBytes, cpuMs: (user + system) / MICROSECONDS_PER_MS, code };
  } finally {
    await pool.close();
  }
}

function heldBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Here, not in a thread: only so can be seen what is left when all is collected. */
function keep(order: RoundOrder): number {
  const state = new ScanState(order.home, order.config, true);
  state.walk();
  state.settle();
  const rounds = new Rounds();
  const idleBytes = heldBytes();
  const { round } = rounds.open(state, order);
  rounds.get(round).encodedManifest({ without: [] });
  const keptBytes = heldBytes() - idleBytes;
  rounds.close(round);
  return keptBytes;
}

/** A process of its own, started with `--expose-gc`, tells its parent what a list costs. */
if (import.meta.main) {
  const [home = '', file = ''] = process.argv.slice(2);
  const order = { home, config: filesConfig, file, limitBytes: 1 };
  const cost = await readInThread(order);
  process.send?.({ ...cost, keptBytes: cost.code === null ? keep(order) : 0 } satisfies ListCost);
}
