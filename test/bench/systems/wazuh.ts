import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BenchNode, type HomeOptions, KEY, type NodeOptions, type System } from '../bench-node.ts';
import { type LogLine, LogLines } from '../log-lines.ts';
import type { ProbeReply } from '../probe/protocol.ts';
import { type Usage, usageOfGroup } from '../process-usage.ts';

const CLUSTER_JSON = 'framework/wazuh/core/cluster/cluster.json';
const DIRECTORIES = [
  'etc/shared/default',
  'etc/rules',
  'etc/decoders',
  'etc/lists',
  'var/multigroups',
  'var/run',
  'queue/cluster',
  'queue/db',
  'queue/sockets',
  'logs/cluster',
  'tmp',
];
/** What 4.7.5 uses of Python, and Python has no more since 3.10 and 3.11: a name, and the argument `loop`. */
export const PREPARE = `
import asyncio, types
asyncio.coroutine = getattr(asyncio, 'coroutine', types.coroutine)
open_unix_connection = asyncio.open_unix_connection
asyncio.open_unix_connection = lambda path=None, *, loop=None, **rest: open_unix_connection(path, **rest)
`;
const IMPORT = `${PREPARE}
import wazuh.core.cluster.master, wazuh.core.cluster.worker
`;
/** Starts the daemon as whoever runs the bench: a machine without an installation has no user of that name. */
const START = `${PREPARE}
import os, runpy, sys
sys.argv = sys.argv[1:]
from wazuh.core import common
common._WAZUH_UID, common._WAZUH_GID = os.getuid(), os.getgid()
runpy.run_path(sys.argv[0], run_name='__main__')
`;
const CHECK_TIMEOUT_MS = 30_000;
/** `2026/11/23 08:42:12 INFO: [Worker worker1] [Main] Words.` */
const LINE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \w+: \[[^\]]*\] (\[.*)$/;

/**
 * The original, by a directory that holds its Python framework (not part of this project). Throws, in words for a person,
 * if it cannot be run here.
 */
export async function wazuhSystem(directory: string, python: string): Promise<System> {
  const framework = [directory, join(directory, 'framework')].find((candidate) =>
    existsSync(join(candidate, 'wazuh/core/cluster/cluster.json')),
  );
  if (framework === undefined) throw new Error(`${directory} holds no framework (wazuh/core/cluster)`);
  // The daemon imports the package of the API, which lies beside the framework in the original's repository.
  const api = join(framework, '../api');
  const system: System = {
    name: 'the original',
    probe: null,
    launcher: null,
    layOut: async (home, options) => layOut(framework, home, options),
    node: (options) => new WazuhNode({ file: python, path: api }, options),
  };
  await check(system, { file: python, path: api });
  return system;
}

/** Imports what the daemon imports: that shows whether Python and its packages are there. */
async function check(system: System, python: Python): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-original-'));
  const home = join(folder, 'home');
  try {
    await system.layOut(home, { role: 'master', name: 'master', port: 1516, intervals: {} });
    execFileSync(python.file, ['-c', IMPORT], {
      env: environment(home, python),
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: CHECK_TIMEOUT_MS,
    });
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    throw new Error(`${python.file} cannot run it: ${words ?? (error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The original finds its home by where it lies: each home gets the framework as a copy. */
function layOut(framework: string, home: string, { role, name, port, intervals }: HomeOptions): void {
  for (const path of DIRECTORIES) mkdirSync(join(home, path), { recursive: true });
  cpSync(framework, join(home, 'framework'), { recursive: true });
  const settings = JSON.parse(readFileSync(join(home, CLUSTER_JSON), 'utf8'));
  for (const side of ['master', 'worker'] as const) Object.assign(settings.intervals[side], intervals[side]);
  writeFileSync(join(home, CLUSTER_JSON), JSON.stringify(settings));
  writeFileSync(join(home, 'etc/client.keys'), '');
  writeFileSync(
    join(home, 'etc/ossec.conf'),
    `<ossec_config><cluster>
<name>bench</name><node_name>${name}</node_name><node_type>${role}</node_type><key>${KEY}</key>
<port>${port}</port><bind_addr>127.0.0.1</bind_addr><nodes><node>127.0.0.1</node></nodes>
<hidden>no</hidden><disabled>no</disabled>
</cluster></ossec_config>
`,
  );
}

/** Python, and where packages lie beside the framework. */
interface Python {
  readonly file: string;
  readonly path: string;
}

const environment = (home: string, { path }: Python) => ({
  ...process.env,
  PYTHONPATH: [join(home, 'framework'), path].join(delimiter),
});

/** Its lines carry seconds only, so the moment at which they are read counts. */
function wazuhLine(text: string): LogLine | null {
  const words = LINE.exec(text)?.[1];
  return words === undefined ? null : { timeMs: performance.timeOrigin + performance.now(), text: words };
}

/** One daemon of the original with the processes of its pool. */
class WazuhNode implements BenchNode {
  readonly name: string;
  readonly home: string;
  readonly lines: LogLines;
  readonly #python: Python;
  #child: ChildProcess | null = null;

  constructor(python: Python, { name, home }: NodeOptions) {
    this.name = name;
    this.home = home;
    this.lines = new LogLines(name, wazuhLine);
    this.#python = python;
  }

  start(): void {
    const script = join(this.home, 'framework/scripts/wazuh_clusterd.py');
    const child = spawn(this.#python.file, ['-u', '-c', START, script, '-f', '-r'], {
      env: environment(this.home, this.#python),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // a group of its own, with the pool in it
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    child.on('exit', (code, signal) => this.lines.end(`${this.name} ended (${signal ?? code})`));
    this.#child = child;
  }

  get usage(): Usage {
    return usageOfGroup(this.#group);
  }

  async digest(): Promise<string | null> {
    const hash = createHash('sha256');
    const directory = join(this.home, 'etc/rules');
    for (const name of readdirSync(directory).sort())
      hash.update(name).update(readFileSync(join(directory, name)));
    return hash.digest('hex');
  }

  async ask(): Promise<ProbeReply> {
    return { id: 0 };
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    process.kill(-this.#group, 'SIGKILL');
    await exited;
  }

  get #group(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }
}
