import { writeFileSync } from 'node:fs';
import { inHome } from '../../../src/config/home.ts';
import type { System } from '../bench-node.ts';

/** Muster that speaks with other nodes as Wazuh 4.x does, also where it need not. */
export function inDialectOf4(muster: System): System {
  return {
    ...muster,
    layOut: async (home, options) => {
      await muster.layOut(home, options);
      writeFileSync(inHome(home, 'musterJson'), JSON.stringify({ cluster: { dialect: 'wazuh4' } }));
    },
  };
}
