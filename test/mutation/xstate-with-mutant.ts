// Stands in for xstate where machines import it, and builds one machine of them with one wrong in its chart.
import { setup as realSetup } from 'xstate';
import { type Chart, mutantsOf } from './mutants.ts';

export * from 'xstate';

/** A machine that comes to no rest fails, and does not hold up the run. */
const MAX_ITERATIONS = 1_000;
/** `transfers#17`: id of the machine, number of the wrong. */
const [machine, number] = (process.env.MUSTER_MUTANT ?? '').split('#');

/** As `setup` of xstate. */
export const setup = ((parts: Parameters<typeof realSetup>[0]) => {
  const made = realSetup(parts);
  const createMachine = (chart: Chart) => made.createMachine(withMutant(chart) as never);
  return { ...made, createMachine };
}) as unknown as typeof realSetup;

/** A supervisor has the id that whoever makes it gives it: it is known by its states. */
const isMeant = ({ id, states }: Chart) =>
  id === machine || (machine === 'supervisor' && Object.hasOwn((states ?? {}) as object, 'alive'));

function withMutant(chart: Chart): Chart {
  if (!isMeant(chart)) return chart;
  const mutant = mutantsOf(chart)[Number(number)];
  if (mutant === undefined) throw new RangeError(`there is no mutant ${machine}#${number}`);
  const options = { ...(chart.options as object), maxIterations: MAX_ITERATIONS };
  return { ...mutant.apply(chart), options };
}
