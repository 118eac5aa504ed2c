import type { ActorState, InspectionRecord } from './records.ts';
import { ActorNames, valueText } from './tell.ts';

/** How one actor went through the states of its machine. */
export interface Timeline {
  readonly name: string;
  /** The node at the other end of its connection; null where there is none, or it was never named. */
  readonly peer: string | null;
  readonly machine: string;
  readonly states: { readonly atMs: number; readonly text: string; readonly because: string | null }[];
}

/** Of each actor with a machine, in the order in which they came. Times begin with the recording. */
export function timelines(records: Iterable<InspectionRecord>): Timeline[] {
  const names = new ActorNames();
  const lines = new Map<string, Omit<Timeline, 'peer'>>();
  let beginMs: number | null = null;
  for (const record of records) {
    beginMs ??= record.atMs;
    names.note(record);
    if (record.kind === 'actor' && record.machine !== null && !lines.has(record.actor))
      lines.set(record.actor, { name: names.of(record.actor), machine: record.machine, states: [] });
    if (record.kind !== 'actor' && record.kind !== 'step') continue;
    const line = lines.get(record.actor);
    if (line === undefined || record.state === null) continue;
    const text = textOf(record.state);
    if (line.states.at(-1)?.text === text) continue;
    const because =
      record.kind === 'step' ? String((record.event as { type?: unknown } | null)?.type ?? '') : null;
    line.states.push({ atMs: record.atMs - beginMs, text, because });
  }
  return [...lines].map(([actor, line]) => ({ ...line, peer: names.peerOf(actor) }));
}

const textOf = ({ value, status }: ActorState) =>
  status === 'active' ? valueText(value) : `${valueText(value)} (${status})`;
