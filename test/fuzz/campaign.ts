import fc from 'fast-check';
import { below, randomFrom } from '../chaos/random.ts';
import { regressions } from './corpus.ts';
import { mutate, pick } from './mutate.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

/** No reader may take more time of the processor for one input; how busy the machine is does not matter. */
const MAX_INPUT_MS = 2_000;
/** Generated inputs are made this many at a time. */
const BATCH_INPUTS = 50;
/** Share of the inputs that are generated; the others are mutations. */
const GENERATED_SHARE = 0.2;
/** Inputs that were mutated into something that was accepted may be mutated further; the oldest are forgotten. */
const MAX_POOL_INPUTS = 500;

export interface Failure {
  input: Uint8Array;
  error: Error;
}

export interface CampaignReport {
  target: string;
  inputs: number;
  slowestMs: number;
  failure: Failure | null;
}

export interface CampaignOptions {
  target: Target;
  seed: number;
  timeMs: number;
  /** So many are read however long it takes: a busy machine does not make the test an empty one. */
  minInputs?: number;
  /** Told of each input before it is read, so that somebody else can tell which one did not end. */
  onInput?(input: Uint8Array): void;
}

/** Reads one input after the other until the time is over or one fails; a failing one is shrunk. */
export async function campaign({
  target,
  seed,
  timeMs,
  minInputs = 0,
  onInput,
}: CampaignOptions): Promise<CampaignReport> {
  const report: CampaignReport = { target: target.name, inputs: 0, slowestMs: 0, failure: null };
  const deadlineMs = performance.now() + timeMs;
  for (const input of inputs(target, await target.samples(), seed)) {
    const startedMs = performance.now();
    if (startedMs > deadlineMs && report.inputs >= minInputs) break;
    onInput?.(input);
    const error = await failureOf(target, input);
    report.inputs += 1;
    report.slowestMs = Math.max(report.slowestMs, performance.now() - startedMs);
    if (error === null) continue;
    const smallest = await shrink(input, async (candidate) => (await failureOf(target, candidate)) !== null);
    report.failure = { input: smallest, error: (await failureOf(target, smallest)) ?? error };
    break;
  }
  return report;
}

/** What is wrong with how a target reads this input; null if nothing is. */
export async function failureOf(target: Target, input: Uint8Array): Promise<Error | null> {
  const before = memoryBytes();
  const startedAt = process.cpuUsage();
  try {
    await target.run(input);
    const { user, system } = process.cpuUsage(startedAt);
    const tookMs = (user + system) / 1000;
    if (tookMs > MAX_INPUT_MS) return new Error(`${input.length} bytes took ${Math.round(tookMs)} ms`);
    const taken = memoryBytes() - before;
    if (taken > target.maxMemoryBytes)
      return new Error(`${input.length} bytes took ${taken} bytes of memory`);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
  }
}

function memoryBytes(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

/** First what once failed, then without an end: mutations and generated inputs, the same for the same seed. */
function* inputs(target: Target, samples: readonly Uint8Array[], seed: number): Generator<Uint8Array> {
  yield* regressions(target.name).map(([, input]) => input);
  yield* samples;
  const random = randomFrom(seed);
  const pool = [...samples];
  let generated: Uint8Array[] = [];
  for (;;) {
    if (generated.length === 0) {
      generated = fc.sample(target.generated, { seed: below(random, 2 ** 31), numRuns: BATCH_INPUTS });
    }
    if (random() < GENERATED_SHARE) {
      yield generated.pop() as Uint8Array;
      continue;
    }
    const from = random() < 0.5 ? pick(samples, random) : pick([...pool, ...generated], random);
    const mutated = mutate(from, pick(pool, random), random);
    if (pool.length < MAX_POOL_INPUTS) pool.push(mutated);
    else pool[samples.length + below(random, MAX_POOL_INPUTS - samples.length)] = mutated;
    yield mutated;
  }
}
