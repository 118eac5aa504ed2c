import type { AnyActorLogic, InputFrom } from 'xstate';
import type { RestartType } from './restart-policy.ts';

/** A child of a static supervisor. */
export interface ChildSpec<Logic extends AnyActorLogic = AnyActorLogic> {
  /** Unique among its siblings; also the name of its source in diagrams. */
  readonly id: string;
  /** A machine should be linked (`link.ts`). */
  readonly logic: Logic;
  /** Handed to every start. */
  readonly input?: InputFrom<Logic>;
  readonly restart: RestartType;
  /**
   * How long the child may take to end after `{ type: 'shutdown' }`; then it is stopped.
   * 0 stops it without asking, which is right for a `fromCallback` or a `fromPromise`. `Infinity` waits as long as it
   * takes, which is right for a supervisor, whose own children have deadlines.
   */
  readonly shutdownMs: number;
  /**
   * When given, the child counts as started only once it sends `supervisor.ready`, and the next child waits for that.
   * A child that is not ready in time is stopped, and has failed with 3126.
   */
  readonly awaitReadyMs?: number;
}

/** Checks the input of a child against its logic: `child({ id, logic, input, ... })`. */
export const child = <Logic extends AnyActorLogic>(spec: ChildSpec<Logic>): ChildSpec => spec as ChildSpec;

/**
 * What happens to the others when a child has to be restarted (OTP's strategies): nothing; all of them are stopped and
 * started again; those that were started after it are.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/**
 * `down` is to be started; `starting` runs but is not ready; `up` runs; `condemned` runs and is to be stopped;
 * `stopping` was asked to end; `over` does not run and is not to be started.
 */
export type Phase = 'down' | 'starting' | 'up' | 'condemned' | 'stopping' | 'over';
export type Phases = Readonly<Record<string, Phase>>;
export type Specs = readonly ChildSpec[];

export const has = (phases: Phases, ...wanted: Phase[]) =>
  Object.values(phases).some((phase) => wanted.includes(phase));
export const findPhase = (specs: Specs, phases: Phases, wanted: Phase) =>
  specs.find(({ id }) => phases[id] === wanted);
export const isRunning = (phases: Phases, id: string) =>
  Object.hasOwn(phases, id) && phases[id] !== 'down' && phases[id] !== 'over';

/** Starts go in order, and one that is not ready yet holds up those behind it. */
export const nextToStart = (specs: Specs, phases: Phases) =>
  has(phases, 'starting') ? undefined : findPhase(specs, phases, 'down');

/** Stops go in reverse order, one at a time. */
export const nextToStop = (specs: Specs, phases: Phases) =>
  has(phases, 'stopping') ? undefined : specs.findLast(({ id }) => phases[id] === 'condemned');

/** Phase of a child that was stopped by its supervisor: as in OTP, a temporary one does not come back. */
export const afterStop = ({ restart }: ChildSpec): Phase => (restart === 'temporary' ? 'over' : 'down');

/** Everything that runs is to be stopped. */
export const condemnAll = (phases: Phases): Phases =>
  Object.fromEntries(
    Object.entries(phases).map(([id, phase]) => [
      id,
      phase === 'up' || phase === 'starting' ? 'condemned' : phase,
    ]),
  );

/**
 * The child `failed` has to be restarted: it is down, and the strategy says who shares its fate. As in OTP, a transient
 * child among them that had ended normally is started again, and a temporary one is not.
 */
export function condemnAffected(strategy: Strategy, specs: Specs, phases: Phases, failed: string): Phases {
  const after: Record<string, Phase> = { ...phases, [failed]: 'down' };
  const first = { one_for_one: specs.length, one_for_all: 0, rest_for_one: indexOf(specs, failed) }[strategy];
  for (const { id, restart } of specs.slice(first)) {
    if (after[id] === 'up' || after[id] === 'starting') after[id] = 'condemned';
    if (after[id] === 'over' && restart !== 'temporary') after[id] = 'down';
  }
  return after;
}

const indexOf = (specs: Specs, wanted: string) => specs.findIndex(({ id }) => id === wanted);

/** Throws a RangeError for children that cannot be told apart or have impossible times. */
export function checkChildren(specs: Specs): void {
  if (new Set(specs.map(({ id }) => id)).size < specs.length) throw new RangeError('two children of one id');
  for (const { id, shutdownMs, awaitReadyMs } of specs) {
    if (!(shutdownMs >= 0)) throw new RangeError(`${id}: shutdownMs must be 0 or more`);
    if (awaitReadyMs !== undefined && !(awaitReadyMs > 0)) {
      throw new RangeError(`${id}: awaitReadyMs must be above 0`);
    }
  }
}
