import { loadSimulator } from '../../src/sim/realm.ts';

/** The simulator; loading it takes longer than most runs, so the tests of a file share it. */
export const simulator = await loadSimulator();
