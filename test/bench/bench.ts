import { parseArgs } from 'node:util';
import { benchIntegrity } from './integrity.ts';

const SUITES: Record<string, (options: { repetitions: number }) => Promise<void>> = {
  integrity: benchIntegrity,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repetitions: { type: 'string', default: '3' } },
});
const names = positionals.length === 0 ? Object.keys(SUITES) : positionals;
for (const name of names) {
  const suite = SUITES[name];
  if (suite === undefined) {
    console.error(`No bench is called ${name}. There are: ${Object.keys(SUITES).join(', ')}.`);
    process.exit(2);
  }
  await suite({ repetitions: Number(values.repetitions) });
}
