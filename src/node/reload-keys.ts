import { loadConfig } from '../config/load.ts';
import type { Logger } from '../observe/log.ts';
import type { KeyRing } from '../transport/keys.ts';

/**
 * Takes up the keys that the configuration has now, for connections that are made from now on; nothing else of it is taken
 * up before the next start. Never rejects: a configuration that cannot be used leaves the keys as they are, and is logged.
 */
export async function takeUpKeys(home: string, keys: KeyRing, log: Logger): Promise<void> {
  const main = log.tagged('Cluster', 'Keys');
  try {
    const { key, security } = await loadConfig(home);
    log.addSecrets([key, ...security.acceptedKeys]);
    const before = keys.keyIds.join(', ');
    keys.replace(key, security.acceptedKeys);
    const now = keys.keyIds;
    if (now.join(', ') === before) return;
    const [used, ...accepted] = now;
    const others = accepted.length === 0 ? 'no other' : accepted.join(', ');
    main.info(`The node connects with key ${used} and accepts ${others} beside it.`);
  } catch (error) {
    main.error('The keys stay as they were: the configuration cannot be used', { error });
  }
}
