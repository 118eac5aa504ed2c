import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { keep } from './corpus.ts';
import { targets } from './targets.ts';
import { Watchdog } from './watchdog.ts';

const DEFAULT_SECONDS = 60;

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, target: { type: 'string' }, seed: { type: 'string' } },
});
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
if (chosen.length === 0 || !Number.isSafeInteger(seed) || !(seconds > 0)) {
  const names = targets.map(({ name }) => name).join('|');
  process.stderr.write(
    `usage: npm run fuzz -- [--seconds ${DEFAULT_SECONDS}] [--target ${names}] [--seed N]\n`,
  );
  process.exit(2);
}

for (const target of chosen) {
  const watchdog = new Watchdog(target.name, seed);
  const timeMs = (seconds * 1000) / chosen.length;
  const report = await campaign({ target, seed, timeMs, onInput: (input) => watchdog.note(input) });
  await watchdog.close();
  process.stdout.write(
    `${target.name}: ${report.inputs} inputs, the slowest ${report.slowestMs.toFixed(0)} ms, seed ${seed}\n`,
  );
  if (report.failure === null) continue;
  const { input, error } = report.failure;
  const again = `npm run fuzz -- --target ${target.name} --seed ${seed}`;
  process.stdout.write(`${error.stack}\n\n${Buffer.from(input).toString('latin1')}\n\n`);
  process.stdout.write(`${target.name} failed. Kept as ${keep(target.name, input)}. Again: ${again}\n`);
  process.exitCode = 1;
}
