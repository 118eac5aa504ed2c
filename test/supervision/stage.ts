import {
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  fromCallback,
  SimulatedClock,
  sendParent,
  setup,
} from 'xstate';
import type { ChildSpec } from '../../machines/supervision/children.ts';
import { link } from '../../machines/supervision/link.ts';
import {
  ready,
  type SupervisionEffects,
  type SupervisionReport,
} from '../../machines/supervision/messages.ts';
import type { RestartLimits } from '../../machines/supervision/restart-policy.ts';
import { indexScheduler } from '../../machines/supervision/scheduler.ts';
import type { Tap } from '../../src/inspect/tap.ts';

/** No chance, round numbers: the n-th restart follows after 100, 200, 400 ... ms. */
export const LIMITS: RestartLimits = {
  intensity: 3,
  periodMs: 10_000,
  backoff: { firstMs: 100, maxMs: 1_000, jitter: 0 },
};

export type ActorEvent = 'crash' | 'end' | 'shutdown' | 'say-ready' | 'tell-parent';

/** A simulated clock, what supervisors report, and children that write down their life: `+a` and `-a`. */
export class Stage {
  readonly clock = new SimulatedClock();
  readonly diary: string[] = [];
  readonly reports: SupervisionReport[] = [];
  readonly effects: SupervisionEffects = {
    now: () => this.clock.now(),
    random: () => 0,
    report: (report) => {
      this.reports.push(report);
    },
  };

  /** Logic that lives as long as an open socket would: `+name` when opened, `-name` when disposed of. */
  player(name: string, { isStubborn = false } = {}) {
    const socket = fromCallback(() => {
      this.diary.push(`+${name}`);
      return () => {
        this.diary.push(`-${name}`);
      };
    });
    return link(
      setup({
        types: { events: {} as { type: ActorEvent } },
        actors: { socket },
        actions: {
          crash: () => {
            throw Object.assign(new Error(`${name} fell`), { code: 3101 });
          },
          sayReady: sendParent(ready),
          tellParent: sendParent({ type: 'supervisor.tell', event: { type: 'news', from: name } }),
        },
      }).createMachine({
        id: name,
        invoke: { src: 'socket' },
        initial: 'living',
        output: { name },
        states: {
          living: {
            on: {
              crash: { actions: 'crash' },
              end: 'over',
              shutdown: isStubborn ? {} : 'over',
              'say-ready': { actions: 'sayReady' },
              'tell-parent': { actions: 'tellParent' },
            },
          },
          over: { type: 'final' },
        },
      }),
    );
  }

  spec(id: string, more: Partial<ChildSpec> & { isStubborn?: boolean } = {}): ChildSpec {
    const { isStubborn, ...fields } = more;
    return { id, logic: this.player(id, { isStubborn }), restart: 'permanent', shutdownMs: 500, ...fields };
  }

  /** Starts the root of a tree; what it fails with is kept in `error`. */
  raise(logic: AnyActorLogic, tap?: Pick<Tap, 'attach'>): Show {
    const root = createActor(logic, { clock: this.clock }) as AnyActorRef;
    const show: Show = { root, error: null };
    root.subscribe({
      error: (error) => {
        show.error = error as Show['error'];
      },
    });
    indexScheduler(root);
    tap?.attach(root);
    root.start();
    return show;
  }

  /** The diary since the last time. */
  news(): string {
    return this.diary.splice(0).join(' ');
  }

  /** Types of the reports since the last time. */
  told(): string {
    return this.reports.splice(0).map(reportText).join(', ');
  }
}

/** What was reported, of whom. */
export const reportText = (report: SupervisionReport): string =>
  'child' in report ? `${report.type} ${report.child}` : report.type;

export interface Show {
  readonly root: AnyActorRef;
  error: (Error & { code?: number }) | null;
}

/** Sends an event to a child of a supervisor. */
export const cue = ({ root }: Show, child: string, type: ActorEvent) =>
  root.send({ type: 'supervisor.send', child, event: { type } });
