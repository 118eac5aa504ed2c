import { resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { MusterError } from '../../protocol/errors.ts';

/** Rejects with 3019 on a worker, and as the node would where its configuration cannot be used. */
export async function refuseOnWorker(home: string): Promise<void> {
  const { disabled, role, nodeName, masterAddress } = await loadConfig(home);
  if (disabled || role === 'master') return;
  const words = `this is the home of worker ${nodeName}; agents and their groups are changed on its master, ${masterAddress.host}, and come from there`;
  throw new MusterError(3019, words);
}

/** The same of what a worker passes on to its master while its node runs: rejects with 3012. */
export async function needNodeOnWorker(home: string): Promise<void> {
  const { disabled, role, nodeName } = await loadConfig(home);
  if (disabled || role === 'master') return;
  const words = `worker ${nodeName} registers agents at its master while it runs; start it with \`muster node --home ${resolve(home)}\``;
  throw new MusterError(3012, words);
}
