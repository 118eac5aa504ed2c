import { isDeepStrictEqual } from 'node:util';
import { type AnyStateMachine, createMachine } from 'xstate';
import { z } from 'zod';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import type { ActorState, Plain, StepRecord } from './records.ts';
import { untimed } from './replay.ts';

/** As `plain.ts` writes it. */
const milliseconds = z.union([z.number().min(0), z.literal('Infinity').transform(() => Infinity)]);
const supervision = z.object({
  strategy: z.enum(['one_for_one', 'one_for_all', 'rest_for_one']),
  intensity: z.int().min(0),
  periodMs: z.number().min(0),
  backoff: z.object({ firstMs: z.number(), maxMs: z.number(), jitter: z.number() }),
  children: z.array(
    z.object({
      id: z.string(),
      restart: z.enum(['permanent', 'transient', 'temporary']),
      shutdownMs: milliseconds,
      awaitReadyMs: milliseconds.optional(),
    }),
  ),
});

/** A supervisor made anew from what a recording says of it, with children that do nothing. */
export class RecordedSupervisor {
  readonly machine: AnyStateMachine;
  #nowMs = 0;

  private constructor(id: string, { children, ...limits }: z.infer<typeof supervision>) {
    const logic = createMachine({});
    this.machine = untimed(
      createSupervisor({
        id,
        ...limits,
        children: children.map((child) => ({ ...child, logic })),
        effects: { now: () => this.#nowMs, random: () => 0, report: () => {} },
      }),
    );
  }

  /** Null where the recording does not tell of what it was made. */
  static of(id: string, told: Plain): RecordedSupervisor | null {
    const read = supervision.safeParse(told);
    return read.success ? new RecordedSupervisor(id, read.data) : null;
  }

  /**
   * Puts the clock to where it stood in this step: by the restart that the step has dated, since a clock is an effect, and
   * else by when it was recorded.
   */
  setClock({ state, atMs }: StepRecord, before: ActorState | null): void {
    const restartsMs = restartsOf(state);
    const last = isDeepStrictEqual(restartsMs, restartsOf(before)) ? null : restartsMs.at(-1);
    this.#nowMs = typeof last === 'number' ? last : atMs;
  }
}

function restartsOf(state: ActorState | null): readonly Plain[] {
  const { restartsMs } = (state?.context ?? {}) as { restartsMs?: Plain };
  return Array.isArray(restartsMs) ? restartsMs : [];
}
