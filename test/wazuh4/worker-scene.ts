import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/node/clock.ts';
import { AutoTransport } from '../../src/node/wazuh4/auto-transport.ts';
import { DialectMemory } from '../../src/node/wazuh4/dialect-memory.ts';
import { KeyRing } from '../../src/transport/keys.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { TlsPskTransport } from '../../src/transport/tls-psk.ts';
import { KEY } from '../config/temporary-home.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type ClusterOptions, InProcessNode } from '../spec/cluster-in-process.ts';
import { Original } from './original.ts';
import { QUICK } from './scene.ts';

export const TASK = '56e5da44-6739-4463-844d-f8b72e6a3737';

/** A master of 4.x that does what its script says, and a worker of ours that comes to it. */
export class WorkerScene implements AsyncDisposable {
  readonly masters: Original[] = [];
  readonly memory = new DialectMemory();
  readonly server: Server;
  readonly worker: InProcessNode;
  readonly #directory: string;

  private constructor(
    server: Server,
    port: number,
    secure: boolean,
    intervals: NonNullable<ClusterOptions['intervals']>,
    clock: Clock,
  ) {
    this.server = server;
    this.#directory = mkdtempSync(join(tmpdir(), 'muster-wazuh4-'));
    const address = { host: '127.0.0.1', port };
    const own = secure
      ? new TlsPskTransport({ ...address, nodeName: 'worker1', keys: new KeyRing(KEY) })
      : new TcpTransport(address);
    const transport = new AutoTransport(own, new TcpTransport(address, 'wazuh4'), this.memory);
    this.worker = new InProcessNode('worker1', join(this.#directory, 'worker1'), 'worker', transport, clock, {
      intervals: {
        master: { ...QUICK.master, ...intervals.master },
        worker: { ...QUICK.worker, ...intervals.worker },
      },
      memory: this.memory,
    });
  }

  /** Whoever does not speak wazuh4 is cut off, as the originals cut off whom they cannot decrypt. */
  static async start(
    script: (master: Original) => void,
    {
      secure = false,
      intervals = {},
      clock = systemClock,
    }: { secure?: boolean; intervals?: ClusterOptions['intervals']; clock?: Clock } = {},
  ): Promise<WorkerScene> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const scene = new WorkerScene(
      server,
      (server.address() as { port: number }).port,
      secure,
      intervals ?? {},
      clock,
    );
    server.on('connection', (socket) => {
      const master = new Original(socket, 'master');
      scene.masters.push(master);
      master.answers.hello = ({ name }) => ({ name });
      master.answers.get_nodes = () => ({
        items: [{ name: 'boss', type: 'master', version: '4.7.5', ip: '127.0.0.1' }],
        totalItems: 1,
      });
      master.answers.syn_i_w_m_p = () => ({ granted: false });
      master.answers.syn_a_w_m_p = () => ({ granted: true });
      script(master);
    });
    return scene;
  }

  /** The connection on which hello was understood. */
  async welcomed(meanwhile: () => void = () => {}): Promise<Original> {
    await this.worker.start();
    return await waitFor(
      'the worker to be welcomed',
      () => {
        meanwhile();
        return this.masters.find((master) => master.heard.some(({ command }) => command === 'get_nodes'));
      },
      15_000,
      () => this.worker.log.text(),
    );
  }

  explain = (): string => this.worker.log.text();

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.stop();
    for (const master of this.masters) master.close();
    this.server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Grants one round, and resolves to what the worker has sent. */
export async function listOfRound(master: Original, scene: WorkerScene) {
  let isGranted = false;
  master.answers.syn_i_w_m_p = () => {
    const granted = !isGranted;
    isGranted = true;
    return { granted };
  };
  master.answers.syn_i_w_m = () => ({ task: TASK });
  master.answers.syn_i_w_m_e = () => ({});
  master.answers.syn_i_w_m_r = () => ({});
  const times = master.heard.filter(({ command }) => command === 'syn_i_w_m_e').length;
  const [task, path = ''] = (await master.hears('syn_i_w_m_e', times + 1, scene.explain)).split(' ');
  assert.equal(task, TASK);
  assert.match(path, /^queue\/cluster\/worker1\/worker1-\d+\.\d{6}-[0-9a-f]{32}\.zip$/);
  return master.files.get(path) ?? Buffer.alloc(0);
}

/** Sends the worker a package, behind what is done `meanwhile`; resolves to what it has called its task. */
export async function sendPackage(
  master: Original,
  bytes: Uint8Array,
  meanwhile = async () => {},
): Promise<string> {
  const { text: task } = await master.askPlain('syn_m_c', '');
  await meanwhile();
  const path = 'queue/cluster/worker1/worker1-1795423724.5-00.zip';
  await master.sendFile(path, bytes);
  assert.equal((await master.askPlain('syn_m_c_e', `${task} ${path}`)).text, 'File correctly received');
  return task;
}
