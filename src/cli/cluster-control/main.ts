import { endWithoutOutput } from '../output-faults.ts';
import { runControl } from './run.ts';

endWithoutOutput('ERROR: ');
process.exitCode = await runControl(process.argv.slice(2));
