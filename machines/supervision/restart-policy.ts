/**
 * When to start a child again (OTP's restart types):
 * `permanent` always; `transient` only after a crash; `temporary` never.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** How a supervisor limits and paces the restarts of its children. */
export interface RestartLimits {
  /** Restarts allowed within any `periodMs`; one more, and the supervisor gives up and fails upward. */
  readonly intensity: number;
  readonly periodMs: number;
  readonly backoff: Backoff;
}

export interface Backoff {
  /** Pause before the first restart; doubles with each further restart within the period. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** Part of the pause that is left to chance: 0 = none, 1 = all of it. Keeps those who failed together apart. */
  readonly jitter: number;
}

export const DEFAULT_RESTART_LIMITS: RestartLimits = {
  intensity: 5,
  periodMs: 30_000,
  backoff: { firstMs: 100, maxMs: 5_000, jitter: 0.5 },
};

export function mustRestart(type: RestartType, crashed: boolean): boolean {
  return type === 'permanent' || (type === 'transient' && crashed);
}

/** The restarts that still count, with one more at `nowMs`. As in OTP, a restart exactly one period ago counts. */
export function addRestart(restartsMs: readonly number[], nowMs: number, periodMs: number): number[] {
  return [...restartsMs.filter((atMs) => atMs >= nowMs - periodMs), nowMs];
}

/** Whether another restart at `nowMs` stays within the intensity. */
export function mayRestart(restartsMs: readonly number[], nowMs: number, limits: RestartLimits): boolean {
  return addRestart(restartsMs, nowMs, limits.periodMs).length <= limits.intensity;
}

/**
 * Pause before the `attempt`-th restart within the period (1 is the first). `random` is uniform in [0, 1).
 * Counting only the restarts within the period makes the pause fall back by itself after a quiet time.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const wholeMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(wholeMs * (1 - backoff.jitter * random));
}

/**
 * Throws a RangeError for limits that make no sense, among them pauses so long that the intensity could never be
 * exceeded: a child that crashes at once would then be restarted for ever.
 */
export function checkLimits(limits: RestartLimits): void {
  const { intensity, periodMs, backoff } = limits;
  const fail = (text: string) => {
    throw new RangeError(text);
  };
  if (!Number.isSafeInteger(intensity) || intensity < 0)
    fail(`intensity must be a whole number: ${intensity}`);
  if (!(periodMs > 0)) fail(`periodMs must be above 0: ${periodMs}`);
  if (!(backoff.firstMs >= 0 && backoff.maxMs >= backoff.firstMs)) fail('back-off: 0 <= firstMs <= maxMs');
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) fail(`jitter must be from 0 to 1: ${backoff.jitter}`);
  let pausesMs = 0;
  for (let attempt = 1; attempt <= intensity && pausesMs <= periodMs; attempt++) {
    pausesMs += backoffMs(backoff, attempt, 0);
  }
  if (pausesMs > periodMs) fail(`${intensity} restarts with their pauses do not fit into ${periodMs} ms`);
}
