import { endQuietlyWithoutReader } from '../quiet-end.ts';
import { runControl } from './run.ts';

endQuietlyWithoutReader();
process.exitCode = await runControl(process.argv.slice(2));
