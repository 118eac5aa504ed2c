import { runControl } from './run.ts';

process.exitCode = await runControl(process.argv.slice(2));
