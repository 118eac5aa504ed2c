import { MAX_NESTED_SCANS } from '../limits.ts';
import { CommandError } from './arguments.ts';
import type { AgentDatabase } from './database.ts';

/** A step of the plan of a statement, below another one. */
interface Step {
  readonly id: unknown;
  readonly parent: unknown;
  readonly detail: unknown;
}

/** A loop over all rows of a table, an index or a subquery. */
const SCAN = /^SCAN (?!CONSTANT ROW)/;
/** Carried out for each row of the loops around it. */
const CORRELATED = /^CORRELATED /;
const RECURSIVE = /^RECURSIVE STEP/;
/** All steps that are below no other. */
const TOP = 0;

/**
 * Refuses a statement of another program whose plan is to look at every row for every row, or to go on by itself: with tens
 * of thousands of agents it would keep everybody else waiting until the store is taken for dead. Nothing interrupts SQLite
 * once it has begun.
 */
export function checkPlan(database: AgentDatabase, statement: string): void {
  const steps = database.prepareOnce(`EXPLAIN QUERY PLAN ${statement}`).all() as unknown as Step[];
  if (steps.some(({ detail }) => RECURSIVE.test(String(detail)))) {
    throw new CommandError('Invalid DB query: it is recursive');
  }
  const scans = nestedScans(steps, TOP);
  if (scans > MAX_NESTED_SCANS) {
    throw new CommandError(
      `Invalid DB query: ${scans} loops over all rows within each other; at most ${MAX_NESTED_SCANS}`,
    );
  }
}

/** The most loops over all rows that are within each other, below a step: steps beside each other are a join. */
function nestedScans(steps: readonly Step[], parent: unknown): number {
  let joined = 0;
  let within = 0;
  let apart = 0;
  for (const { id, detail } of steps.filter((step) => step.parent === parent)) {
    const below = nestedScans(steps, id);
    if (CORRELATED.test(String(detail))) within = Math.max(within, below);
    else apart = Math.max(apart, below);
    if (SCAN.test(String(detail))) joined += 1;
  }
  return Math.max(joined + within, apart);
}
