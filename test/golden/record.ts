import type { AnyMachineSnapshot, AnyStateNode, InspectionEvent } from 'xstate';
import type { Sent, Side } from '../spec/wire.ts';
import type { Watch } from './watches.ts';

/** What differs from one run to the next, or says nothing. */
const VARYING = new Set([
  'handle',
  'handles',
  'offset',
  'size',
  'digest',
  'task',
  'time_spent',
  'file',
  'name',
]);
/** Where the chunks of a string stand below the frame that brings them. */
const INDENT = ' '.repeat(6);

/** The way of one actor through its states. */
interface Path {
  /** Which machine, of whom, and for whom. */
  readonly title: string;
  states: string[];
}

/** What is said and done while a script plays, as lines. */
export class Record {
  readonly #watch: Watch;
  readonly #timeS: () => number;
  readonly #paths = new Map<object, Path>();
  /** By worker: how those of two of them mix is chance. */
  readonly #frames = new Map<string, string[]>();
  /** Grows with everything that is recorded. */
  changes = 0;

  constructor(watch: Watch, timeS: () => number) {
    this.#watch = watch;
    this.#timeS = timeS;
  }

  frame(worker: string, sent: Sent): void {
    const asker: Side = sent.kind === 'request' ? sent.from : sent.from === 'worker' ? 'master' : 'worker';
    if (!this.#watch[asker].includes(sent.command)) return;
    this.changes += 1;
    const arrow = sent.from === 'worker' ? '->' : '<-';
    const what = sent.kind === 'request' ? sent.command : `${sent.kind} (${sent.command})`;
    const { text, below } = textOf(sent);
    const second = `${this.#timeS()}s`.padStart(4);
    const frames = this.#frames.get(worker) ?? [];
    frames.push(`${second} ${worker} ${arrow} ${what} ${text}`.trimEnd(), ...below);
    this.#frames.set(worker, frames);
  }

  /** `peerOf`: whom a connection of a master belongs to. */
  inspect(node: string, event: InspectionEvent, peerOf: (connectionId: number) => string | null): void {
    if (event.type !== '@xstate.snapshot') return;
    const { machine, context, value } = event.snapshot as AnyMachineSnapshot;
    if (machine === undefined || !this.#watch.machines.includes(machine.id)) return;
    let path = this.#paths.get(event.actorRef);
    if (path === undefined) {
      const peer = peerOf((context as { connectionId?: number }).connectionId ?? 0);
      path = { title: `${node} ${machine.id}${peer === null ? '' : ` of ${peer}`}`, states: [] };
      this.#paths.set(event.actorRef, path);
    }
    const state = stateOf(value, machine.root);
    if (path.states.at(-1) === state) return;
    path.states.push(state);
    this.changes += 1;
  }

  /** Everything since the last time: frames of each worker in their order, then the ways of the machines. */
  take(): string[] {
    const frames = [...this.#frames].sort(([one], [other]) => (one < other ? -1 : 1));
    this.#frames.clear();
    const ways = new Map<string, Map<string, number>>();
    for (const path of this.#paths.values()) {
      if (path.states.length < 2) continue;
      const way = path.states.join(' > ');
      const counts = ways.get(path.title) ?? new Map<string, number>();
      ways.set(path.title, counts.set(way, (counts.get(way) ?? 0) + 1));
      // Whoever lives on goes on from here.
      path.states = path.states.slice(-1);
    }
    const lines = [...ways].flatMap(([title, counts]) =>
      [...counts].map(([way, times]) => `${title}${times > 1 ? ` (${times} times)` : ''}: ${way}`),
    );
    return [...frames.flatMap(([, said]) => said), ...lines.sort()];
  }
}

/** `running.once`, `receiving+writing`; of several regions those that are not at their beginning, if there are any. */
function stateOf(value: unknown, { states, type }: AnyStateNode): string {
  if (typeof value === 'string') return value;
  const regions = Object.entries(value as object).flatMap(([name, inner]) => {
    const node = states[name];
    if (node === undefined) return [];
    const isAtBeginning = type === 'parallel' && node.initial?.target?.[0]?.key === inner;
    const below = stateOf(inner, node);
    return [{ text: below === '' ? name : `${name}.${below}`, isAtBeginning }];
  });
  const told = regions.filter(({ isAtBeginning }) => !isAtBeginning);
  return (told.length > 0 ? told : regions).map(({ text }) => text).join('+');
}

function textOf({ body }: Sent): { text: string; below: string[] } {
  const { data, ...others } = body as { data?: unknown };
  const chunks = data instanceof Uint8Array ? chunksIn(data) : [];
  const fields = Object.entries(others).filter(([name]) => !VARYING.has(name));
  const text = fields.map(([name, value]) => `${name}=${withoutKeys(JSON.stringify(value))}`).join(' ');
  return { text, below: chunks.map((chunk) => INDENT + shortened(chunk)) };
}

/** Keys of agents are made by chance. */
const withoutKeys = (json: string) => json.replace(/[0-9a-f]{64}/g, 'KEY');

/** As scripts write it: `x*30000`. */
const shortened = (chunk: string) => chunk.replace(/(.)\1{19,}/g, (run, one) => `${one}*${run.length}`);

/** The chunks of a string that came in one piece; none of anything else. */
function chunksIn(data: Uint8Array): string[] {
  try {
    const { chunks } = JSON.parse(Buffer.from(data).toString()) as { chunks?: string[] };
    return chunks ?? [];
  } catch {
    return []; // a piece of a file
  }
}
