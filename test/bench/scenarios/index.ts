import type { Scenario } from '../scenario.ts';
import { largeFiles } from './large-files.ts';
import { smallFiles } from './small-files.ts';

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [smallFiles, largeFiles];
