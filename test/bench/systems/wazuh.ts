import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WazuhFramework } from '../../harness/wazuh-framework.ts';
import { type BenchNode, type HomeOptions, KEY, type NodeOptions, type System } from '../bench-node.ts';
import { digestOfSet } from '../file-sets.ts';
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
const IMPORT = `
import wazuh.core.cluster.master, wazuh.core.cluster.worker
`;
const CHECK_TIMEOUT_MS = 30_000;
/** `2026/11/23 08:42:12 INFO: [Worker worker1] [Main] Words.` */
const LINE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \w+: \[[^\]]*\] (\[.*)$/;

/**
 * The original, by a directory that holds its Python framework (not part of this project). Throws, in words for a person,
 * if it cannot be run here.
 */
export async function wazuhSystem(directory: string, python: string): Promise<System> {
  const framework = new WazuhFramework(directory, python);
  const system: System = {
    name: 'the original',
    probe: null,
    launcher: null,
    layOut: async (home, options) => layOut(framework, home, options),
    node: (options) => new WazuhNode(framework, options),
  };
  await check(system, framework);
  return system;
}

/** Imports what the daemon imports: that shows whether Python and its packages are there. */
async function check(system: System, framework: WazuhFramework): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-original-'));
  const home = join(folder, 'home');
  try {
    await system.layOut(home, { role: 'master', name: 'master', port: 1516, intervals: {} });
    execFileSync(framework.python, framework.program(IMPORT), {
      env: framework.environment(home),
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: CHECK_TIMEOUT_MS,
    });
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    throw new Error(`${framework.python} cannot run it: ${words ?? (error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function layOut(framework: WazuhFramework, home: string, { role, name, port, intervals }: HomeOptions): void {
  for (const path of DIRECTORIES) mkdirSync(join(home, path), { recursive: true });
  framework.copyInto(home);
  const settings = JSON.parse(readFileSync(join(home, CLUSTER_JSON), 'utf8'));
  for (const [side, values] of Object.entries(intervals)) Object.assign(settings.intervals[side], values);
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
  readonly #framework: WazuhFramework;
  #child: ChildProcess | null = null;

  constructor(framework: WazuhFramework, { name, home }: NodeOptions) {
    this.name = name;
    this.home = home;
    this.lines = new LogLines(name, wazuhLine);
    this.#framework = framework;
  }

  start(): void {
    const args = this.#framework.script(this.home, 'wazuh_clusterd.py', '-f', '-r');
    const child = spawn(this.#framework.python, args, {
      env: this.#framework.environment(this.home),
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
    return digestOfSet(this.home);
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
