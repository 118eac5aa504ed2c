import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initHome } from '../../../src/cli/init-home.ts';
import { inHome } from '../../../src/config/home.ts';
import { localRequest } from '../../../src/local/client.ts';
import { statusReply } from '../../../src/local/status-reply.ts';
import { type BenchNode, type HomeOptions, KEY, type NodeOptions, type System } from '../bench-node.ts';
import type { Installation } from '../installation.ts';
import { COUNT_OPENS } from '../probe/protocol.ts';
import { ProbedProcess } from '../probed-process.ts';

const STATUS_TIMEOUT_MS = 5_000;

/** Muster, as it is installed. */
export function musterSystem(installation: Installation): System {
  return {
    name: 'Muster',
    probe: installation.probe,
    launcher: installation.launcher,
    layOut,
    node: (options) => new MusterNode(installation, options),
  };
}

async function layOut(home: string, { role, name, port, intervals }: HomeOptions): Promise<void> {
  const place = role === 'master' ? { bind: '127.0.0.1', port: `${port}` } : { master: `127.0.0.1:${port}` };
  await initHome({ home, role, name, cluster: 'bench', key: KEY, force: false, ...place });
  const path = inHome(home, 'clusterJson');
  const settings = JSON.parse(readFileSync(path, 'utf8'));
  for (const [side, values] of Object.entries(intervals)) Object.assign(settings.intervals[side], values);
  writeFileSync(path, JSON.stringify(settings));
}

/** One `muster node` as a real process, with the probe in it. */
class MusterNode extends ProbedProcess implements BenchNode {
  readonly home: string;
  readonly #launcher: string;
  readonly #options: NodeOptions;

  constructor({ launcher, probe }: Installation, options: NodeOptions) {
    super({ name: options.name, probe, profilePrefix: options.profilePrefix ?? null });
    this.home = options.home;
    this.#launcher = launcher;
    this.#options = options;
  }

  start(): void {
    const { debug = false, countsOpensIn = null, args: further = [] } = this.#options;
    const args = [this.#launcher, 'node', '--home', this.home, '--log', 'json', ...further];
    const counted = countsOpensIn === null ? {} : { [COUNT_OPENS]: join(this.home, countsOpensIn) };
    this.spawn('sh', debug ? [...args, '-d'] : args, counted);
  }

  async digest(): Promise<string | null> {
    try {
      const reply = await localRequest(this.home, 'get_status', {}, { timeoutMs: STATUS_TIMEOUT_MS });
      return statusReply.parse(reply).digest;
    } catch {
      return null; // not listening yet
    }
  }
}
