import { Pace } from './pace.ts';
import type { Performer } from './performer.ts';
import type { Act } from './plan.ts';
import { UnderWay } from './under-way.ts';

export interface PlayOptions {
  readonly signal: AbortSignal;
  /** How long, from the moment when all have connected; without end if left out. */
  readonly seconds?: number;
  /** All agents have connected, or tried to. */
  readonly onConnected?: () => void;
}

/** How a play went. */
export interface Played {
  readonly connectMs: number;
  /** After that, and how many acts there were. */
  readonly playMs: number;
  readonly acts: number;
  /** Time by which stores held the plan up. */
  readonly lostMs: number;
}

/** Does what a plan says at the moments that it says, until the time is over or the signal comes. */
export async function play(
  plan: Iterable<Act>,
  performer: Performer,
  { signal, seconds = Number.POSITIVE_INFINITY, onConnected = () => {} }: PlayOptions,
): Promise<Played> {
  const pace = new Pace();
  const underWay = new UnderWay();
  const beginMs = performance.now();
  let connectedMs: number | null = null;
  let acts = 0;
  try {
    for (const act of plan) {
      await pace.until(act.atMs, signal);
      if (act.deed !== 'connect' && connectedMs === null) {
        await underWay.end();
        connectedMs = performance.now();
        onConnected();
      }
      if (connectedMs !== null && performance.now() > connectedMs + seconds * 1000) break;
      await underWay.begin(act.agent.id, () => performer.perform(act));
      if (connectedMs !== null) acts += 1;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await underWay.end();
  }
  const endMs = performance.now();
  connectedMs ??= endMs;
  return { connectMs: connectedMs - beginMs, playMs: endMs - connectedMs, acts, lostMs: pace.lostMs };
}
