import { inHome } from './home.ts';
import { readText } from './read-text.ts';

/** The version with which the dialect of Wazuh 4.x was measured. */
export const MEASURED_VERSION = '4.7.5';
/** Those that speak as it does, as far as is known. */
const TRIED = /^4\.7\./;

/** What to say of a version whose nodes nobody has tried beside Muster; null for one that was tried. */
export const untriedVersion = (version: string): string | null =>
  TRIED.test(version)
    ? null
    : `nodes of Wazuh 4.x are told version ${version}, and Muster was tried beside ${MEASURED_VERSION} only: others may say something else, or mean it otherwise. Try such nodes outside of production first, or set cluster.dialect to "muster" if there are none`;

/**
 * Where an installation assigns its version. The original tells its peers the first; the second may be read by root alone,
 * and is not where a node runs as the user of the installation.
 */
const SOURCES = [
  ['installedCluster', /^__version__ = ["']v?(\d{1,4}\.\d{1,4}\.\d{1,4})["']\s*$/m],
  ['wazuhControl', /^\s*VERSION="?v?(\d{1,4}\.\d{1,4}\.\d{1,4})"?\s*$/m],
] as const;

/** The version of the Wazuh that is installed in this home; the one that was measured where none can be found. */
export async function installedVersion(home: string): Promise<string> {
  for (const [name, assigned] of SOURCES) {
    // What cannot be read tells as much as what is not there.
    const text = await readText(inHome(home, name)).catch(() => null);
    const version = assigned.exec(text ?? '')?.[1];
    if (version !== undefined) return version;
  }
  return MEASURED_VERSION;
}
