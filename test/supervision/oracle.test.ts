import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Strategy } from '../../machines/supervision/children.ts';
import { createDynamicSupervisor } from '../../machines/supervision/dynamic-supervisor.ts';
import type { RestartLimits, RestartType } from '../../machines/supervision/restart-policy.ts';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import { type ActorEvent, Stage } from './stage.ts';

const LIMITS: RestartLimits = {
  intensity: 3,
  periodMs: 2_000,
  backoff: { firstMs: 100, maxMs: 300, jitter: 0 },
};
const pauseMs = (attempt: number) => [0, 100, 200, 300][attempt] as number;

const types = fc.constantFrom<RestartType>('permanent', 'transient', 'temporary');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ who: fc.nat({ max: 4 }), how: fc.constantFrom('crash', 'end') }) },
  { weight: 2, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 900 }) }) },
);

/** What OTP's documentation says, in as few words as possible: who is up, who comes back, and when. */
class Oracle {
  readonly diary: string[] = [];
  hasFailed = false;
  readonly #types: readonly RestartType[];
  readonly #strategy: Strategy;
  readonly #up: boolean[];
  /** Who is to be started, and when. */
  readonly #due = new Set<number>();
  #dueMs = 0;
  #restartsMs: number[] = [];

  constructor(types: readonly RestartType[], strategy: Strategy) {
    this.#types = types;
    this.#strategy = strategy;
    this.#up = types.map(() => true);
    this.diary.push(...types.map((_, who) => `+${who}`));
  }

  exit(who: number, how: string, nowMs: number): void {
    if (!this.#up[who]) return;
    this.#stop(who);
    if (this.#types[who] === 'temporary' || (this.#types[who] === 'transient' && how === 'end')) return;
    this.#restartsMs = [...this.#restartsMs.filter((atMs) => nowMs - atMs <= LIMITS.periodMs), nowMs];
    this.hasFailed = this.#restartsMs.length > LIMITS.intensity;
    for (let other = this.#types.length - 1; other >= 0; other--) {
      const isAffected =
        this.#strategy === 'one_for_all' ||
        (this.#strategy === 'rest_for_one' && other > who) ||
        other === who;
      if (this.hasFailed || isAffected) this.#stop(other);
      if (isAffected && this.#types[other] !== 'temporary') this.#due.add(other);
    }
    this.#dueMs = nowMs + pauseMs(this.#restartsMs.length);
  }

  wait(nowMs: number): void {
    if (this.hasFailed || nowMs < this.#dueMs) return;
    for (const who of [...this.#due].sort()) {
      this.#up[who] = true;
      this.diary.push(`+${who}`);
    }
    this.#due.clear();
  }

  #stop(who: number): void {
    if (this.#up[who]) this.diary.push(`-${who}`);
    this.#up[who] = false;
  }
}

describe('any sequence of crashes, ends and pauses', () => {
  it('moves a supervisor as OTP says: who starts and stops, in which order, and whether it gives up', () => {
    const strategies = fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one');
    const property = fc.property(
      fc.array(types, { minLength: 1, maxLength: 5 }),
      strategies,
      fc.array(step, { maxLength: 30 }),
      (restarts, strategy, steps) => {
        const stage = new Stage();
        const children = restarts.map((restart, who) => stage.spec(`${who}`, { restart }));
        const { effects, clock } = stage;
        const { root } = stage.raise(createSupervisor({ id: 'top', strategy, ...LIMITS, children, effects }));
        const oracle = new Oracle(restarts, strategy);
        for (const move of steps) {
          if ('waitMs' in move) {
            clock.increment(move.waitMs);
            oracle.wait(clock.now());
          } else {
            root.send({ type: 'supervisor.send', child: `${move.who}`, event: { type: move.how } });
            oracle.exit(move.who, move.how, clock.now());
          }
          assert.deepEqual(stage.diary, oracle.diary);
          assert.equal(root.getSnapshot().status, oracle.hasFailed ? 'error' : 'active');
          if (oracle.hasFailed) return;
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('leaves a dynamic supervisor with exactly the children that live, and nothing open that has no owner', () => {
    const move = fc.record({
      child: fc.nat({ max: 6 }),
      how: fc.constantFrom<ActorEvent | 'start' | 'stop' | 'wait'>(
        'start',
        'start',
        'crash',
        'end',
        'stop',
        'wait',
      ),
    });
    const property = fc.property(types, fc.array(move, { maxLength: 60 }), (restart, moves) => {
      const stage = new Stage();
      const logic = stage.player('x');
      const { effects, clock } = stage;
      const options = { id: 'pool', logic, restart, maxChildren: 4, shutdownMs: 500, effects };
      const { root } = stage.raise(
        createDynamicSupervisor({ ...options, ...LIMITS, intensity: 1000, periodMs: 1e9 }),
      );
      const live = new Set<number>();
      const pausing = new Set<number>();
      for (const { child, how } of moves) {
        const wasUp = live.has(child) && !pausing.has(child);
        if (how === 'start') {
          root.send({ type: 'dynamic.start', child });
          if (live.size < 4) live.add(child);
        } else if (how === 'stop') {
          root.send({ type: 'dynamic.stop', child });
          live.delete(child);
          pausing.delete(child);
        } else if (how === 'wait') {
          clock.increment(300);
          pausing.clear();
        } else {
          root.send({ type: 'dynamic.send', child, event: { type: how } });
          if (wasUp && (restart === 'permanent' || (restart === 'transient' && how === 'crash')))
            pausing.add(child);
          else if (wasUp) live.delete(child);
        }
        const opened = stage.diary.filter((line) => line === '+x').length;
        assert.equal(root.getSnapshot().size, live.size);
        assert.equal(opened - (stage.diary.length - opened), live.size - pausing.size);
      }
      root.send({ type: 'shutdown' });
      assert.equal(root.getSnapshot().status, 'done');
      assert.equal(stage.diary.length % 2, 0);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
