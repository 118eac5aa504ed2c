import type { DynamicSupervisorEvent } from '../../machines/supervision/dynamic-supervisor.ts';
import type { ChildId, SupervisionEffects, SupervisionReport } from '../../machines/supervision/messages.ts';
import { DEFAULT_RESTART_LIMITS } from '../../machines/supervision/restart-policy.ts';
import { told } from './effects/failures.ts';
import type { NodeServices } from './services.ts';

/** Restarts that a supervisor of a node tries before it gives up. */
export const RESTARTS = DEFAULT_RESTART_LIMITS;
/** Time for a child to open its port. */
export const MAX_START_MS = 15_000;
/** Time for the agent store: a large database is checked page by page when it is opened. */
export const MAX_STORE_START_MS = 120_000;
/** Time for a child to end in order. */
export const MAX_CHILD_END_MS = 5_000;

/** A supervisor's contact with the world: time, chance and the log. */
export function supervisionEffects(services: NodeServices, tag: string): SupervisionEffects {
  const log = services.log.tagged(tag, 'Main');
  return {
    now: () => performance.now(),
    random: services.random,
    report: (report) => {
      const orphan = orphanOf(report);
      if (orphan !== null) services.connections.take(Number(orphan))?.destroy(null);
      const [level, text] = describe(report);
      log[level](text);
    },
  };
}

/**
 * The connection that nobody will serve: its supervisor refused it, or was not there to be asked. The children that
 * dynamic supervisors of a node start are its connections.
 */
function orphanOf(report: SupervisionReport): ChildId | null {
  if (report.type === 'refused') return report.child;
  if (report.type !== 'undeliverable' || report.message.type !== 'dynamic.start') return null;
  return (report.message as Extract<DynamicSupervisorEvent, { type: 'dynamic.start' }>).child;
}

function describe(report: SupervisionReport): ['debug2' | 'warning' | 'error', string] {
  const name = `${report.supervisor}/${'child' in report ? report.child : ''}`;
  switch (report.type) {
    case 'started':
      return ['debug2', `${name} started.`];
    case 'ended':
      return report.failure === null
        ? ['debug2', `${name} ended.`]
        : ['error', `${name} failed: ${told(report.failure)}`];
    case 'killed':
      return ['warning', `${name} was stopped: ${told(report.failure)}`];
    case 'restarting':
      return ['warning', `${name} is started again (attempt ${report.attempt}).`];
    // Of these two, whoever is above says so again, the node itself in the end.
    case 'not-started':
      return ['debug2', `${name} could not start: ${told(report.failure)}`];
    case 'gave-up':
      return ['debug2', `${report.supervisor} gives up: ${told(report.failure)}`];
    case 'refused':
      return ['error', `${name} was refused: ${told(report.failure)}`];
    case 'undeliverable':
      return ['debug2', `${name} is gone, ${report.event} is lost.`];
  }
}
