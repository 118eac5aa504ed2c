import { loadConfig } from '../../config/load.ts';
import { MusterError } from '../../protocol/errors.ts';

/** Rejects with 3019 on a worker, and as the node would where its configuration cannot be used. */
export async function refuseOnWorker(home: string): Promise<void> {
  const { disabled, role, nodeName, masterAddress } = await loadConfig(home);
  if (disabled || role === 'master') return;
  const words = `this is the home of worker ${nodeName}; agents and their groups are changed on its master, ${masterAddress.host}, and come from there`;
  throw new MusterError(3019, words);
}
