import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { WdbClient } from '../../src/agents/wdb-client.ts';
import { waitFor } from '../harness/wait-for.ts';

/** Names the home of an installation that has the original (docs/testing.md). */
const HOME_VARIABLE = 'MUSTER_WAZUH_DB_HOME';
const installation = process.env[HOME_VARIABLE] ?? '';
const PROGRAM = 'bin/wazuh-db';
const OPTIONS = 'etc/internal_options.conf';
/** What it writes into, and does not make by itself. */
const WRITTEN = ['queue/db', 'queue/tasks', 'var/run', 'var/db', 'logs', 'backup/db', 'tmp'];
const START_TIMEOUT_MS = 30_000;

/** Why the original is left out; false if it is not. */
export const whyNoOriginal: string | false =
  installation === '' && `${HOME_VARIABLE} names no installation of wazuh-db`;

interface Place {
  /** Empty, and removed by whoever made it. */
  readonly home: string;
  readonly socket: string;
  readonly isMaster: boolean;
}

/**
 * The daemon of the installation, in a home of its own: of the installation nothing is used but program, libraries and
 * internal options, and nothing is changed.
 */
export class InstalledWdb implements AsyncDisposable {
  readonly #child: ChildProcess;
  #words = '';

  private constructor(home: string) {
    this.#child = spawn(join(home, PROGRAM), ['-f'], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.on('error', (error) => {
      this.#words += error.message;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words += text;
    });
  }

  /** Rejects, with what the daemon said, if it does not answer in time. */
  static async start(place: Place): Promise<InstalledWdb> {
    layOut(place);
    const daemon = new InstalledWdb(place.home);
    const client = new WdbClient({ socket: place.socket, connections: 1 });
    const answer = () => client.query('global get-all-agents last_id -1').catch(() => null);
    try {
      await waitFor('wazuh-db to answer', answer, START_TIMEOUT_MS, () => daemon.#words);
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL'); // its own way to an end takes seconds, and keeps what nobody wants
    await exited;
  }
}

/** It finds its home by where its program lies, and gives up the rights of root for those of its user. */
function layOut({ home, isMaster }: Place): void {
  const { uid, gid } = statSync(join(installation, 'queue/db'));
  for (const path of ['bin', 'etc', 'queue', 'var', ...WRITTEN]) {
    mkdirSync(join(home, path), { recursive: true });
    chownSync(join(home, path), uid, gid);
  }
  chownSync(home, uid, gid);
  for (const path of [PROGRAM, OPTIONS]) copyFileSync(join(installation, path), join(home, path));
  if (existsSync(join(installation, 'lib'))) symlinkSync(join(installation, 'lib'), join(home, 'lib'));
  const type = isMaster ? 'master' : 'worker';
  writeFileSync(
    join(home, 'etc/ossec.conf'),
    `<ossec_config><cluster>
<name>c</name><node_name>${type}</node_name><node_type>${type}</node_type><key>${'0'.repeat(32)}</key>
<port>1516</port><bind_addr>127.0.0.1</bind_addr><nodes><node>127.0.0.1</node></nodes>
<hidden>no</hidden><disabled>no</disabled>
</cluster><wdb><backup database="global"><enabled>no</enabled></backup></wdb></ossec_config>
`,
  );
}
