import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';

const DIRECTORY = 'var/run';
/** What they are called after. */
const DAEMON = 'wazuh-clusterd';
/** Of the cluster daemon of an installation, and of its children. */
const PID_FILE = /^wazuh-clusterd(?:_child_\d+)?-(\d{1,10})\.pid$/;
/** What the command line of the original has in it: it is a script of Python, which `bin/wazuh-clusterd` runs. */
const ORIGINAL = /wazuh[-_]clusterd/;
const PID_FILE_MODE = 0o640;

/**
 * Tells the other programs of an installation that this process is its cluster daemon: `var/run/wazuh-clusterd-<pid>.pid`,
 * by which `wazuh-control` and the API know it. Files of processes that are gone are taken away. Whoever calls holds the
 * home (home-lock.ts). Throws 3117 while the original runs here, which knows nothing of our lock; 3119. Returns what takes
 * the file away again.
 */
export function writePidFile(home: string): () => void {
  const directory = join(home, DIRECTORY);
  const own = join(directory, `${DAEMON}-${process.pid}.pid`);
  try {
    for (const name of readdirSync(directory)) {
      const pid = PID_FILE.exec(name)?.[1];
      if (pid === undefined) continue;
      // Numbers of processes are used again: what they are called tells.
      if (Number(pid) !== process.pid && ORIGINAL.test(commandOf(pid)))
        throw new MusterError(3117, `${home} is served by process ${pid}, the original's`);
      rmSync(join(directory, name), { force: true });
    }
    writeFileSync(own, `${process.pid}\n`, { mode: PID_FILE_MODE });
  } catch (error) {
    if (error instanceof MusterError) throw error;
    throw fileSystemError(own, error);
  }
  return () => rmSync(own, { force: true });
}

/** Empty for a process that is gone. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
