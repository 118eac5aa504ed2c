import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeProcess } from '../e2e/node-process.ts';
import { Recordings } from '../harness/recordings.ts';
import { waitFor } from '../harness/wait-for.ts';
import { endsProcess, type Fault, giveOrder, type Refused, startWith } from './fault.ts';

/** What reading of a thread that goes meanwhile ends with. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH']);

/** Nodes that meet the faults that they are told to, when they start or while they run. */
export class Armed {
  readonly #directory: string;
  readonly #recordings: Recordings;
  #orders = 0;

  /** `directory` takes what nodes are told and tell. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#recordings = new Recordings(directory);
  }

  start(node: NodeProcess, fault: Fault | null = null, refused: Refused | null = null): void {
    node.output = '';
    this.arm(node, fault, refused);
    const recording = this.#recordings.begin(node.name);
    node.start(['--record', recording], startWith({ order: this.#orderOf(node), record: this.#record }));
  }

  /** Looks at all that the machines of the nodes did in the lives that it started. Returns how many steps that were. */
  verifiedSteps(): number {
    this.#recordings.end();
    return this.#recordings.steps;
  }

  /** Takes the place of what it was told before. */
  arm(node: NodeProcess, fault: Fault | null, refused: Refused | null = null): void {
    this.#orders += 1;
    giveOrder(this.#orderOf(node), { fault, refused, marker: `${this.#record}-${this.#orders}` });
  }

  /** Faults that have come to pass. */
  strikes(): number {
    return existsSync(this.#record) ? readFileSync(this.#record, 'utf8').split('!').length - 1 : 0;
  }

  /** Waits until this fault of a node, the `number`th of all, has had its effect. */
  async struck(victim: NodeProcess, fault: Fault, number: number, timeoutMs: number): Promise<void> {
    const { point, action } = fault;
    const isStruck = () => {
      if (this.strikes() < number) return false;
      if (endsProcess(fault)) return !victim.runs;
      return action !== 'stop' || isStopped(victim);
    };
    await waitFor(`${action} at ${point}`, isStruck, timeoutMs, () => victim.output);
  }

  /** Names of all points that were passed, and how often. */
  passages(): Map<string, number> {
    const counts = new Map<string, number>();
    if (!existsSync(this.#record)) return counts;
    for (const line of readFileSync(this.#record, 'utf8').split('\n').slice(0, -1)) {
      const point = line.replace(/^!/, '');
      counts.set(point, (counts.get(point) ?? 0) + 1);
    }
    return counts;
  }

  get #record(): string {
    return join(this.#directory, 'passages');
  }

  #orderOf({ name }: NodeProcess): string {
    return join(this.#directory, `order-${name}`);
  }
}

/** Whether all threads of a process have stopped; not yet, if one of them goes while it is looked at. */
function isStopped({ pid }: NodeProcess): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((task) => {
      const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    });
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
