import { inHome } from './home.ts';
import { readText } from './read-text.ts';

/** The version with which the dialect of Wazuh 4.x was measured. */
export const MEASURED_VERSION = '4.7.5';
/** As the script of an installation assigns it. */
const ASSIGNED = /^\s*VERSION="?v?(\d{1,4}\.\d{1,4}\.\d{1,4})"?\s*$/m;

/** The version of the Wazuh that is installed in this home; the one that was measured where none can be found. */
export async function installedVersion(home: string): Promise<string> {
  // A script that cannot be read tells as much as none.
  const script = await readText(inHome(home, 'wazuhControl')).catch(() => null);
  return ASSIGNED.exec(script ?? '')?.[1] ?? MEASURED_VERSION;
}
