import { addClientKeys } from '../../src/registration/client-keys.ts';

/** A process that registers agents, for what one process cannot show: that there are others, that it is killed, or full. */
const [home = '', prefix = '', count = '0', share = '1'] = process.argv.slice(2);

try {
  for (let index = 0; index < Number(count); index += 1) {
    const names = Array.from({ length: Number(share) }, (_, part) => `${prefix}-${index}-${part}`);
    const added = addClientKeys(
      home,
      names.map((name) => ({ name, ip: 'any' })),
    );
    for (const { id } of added) console.log(id);
  }
} catch (error) {
  console.log(`code ${(error as { code?: unknown }).code}`);
}
