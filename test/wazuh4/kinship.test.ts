import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/node/clock.ts';
import { AutoTransport } from '../../src/node/wazuh4/auto-transport.ts';
import { DialectMemory } from '../../src/node/wazuh4/dialect-memory.ts';
import { KinCipher } from '../../src/node/wazuh4/kinship.ts';
import type { Wazuh4Cipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { encodeWazuh4Message } from '../../src/protocol/dialects/wazuh4/frames.ts';
import { Fernet } from '../../src/transport/fernet.ts';
import { TcpTransport } from '../../src/transport/tcp.ts';
import { KEY } from '../config/temporary-home.ts';
import { waitFor } from '../harness/wait-for.ts';
import { InProcessNode } from '../spec/cluster-in-process.ts';
import { as, Between, type Frame, type Meddling } from './between.ts';
import { MasterScene, QUICK } from './scene.ts';

const OTHER_KEY = 'f'.repeat(32);

function cipher(role: 'master' | 'worker', isChoosing = true) {
  let kin = 0;
  const made = new KinCipher({
    clusterKeys: [KEY, OTHER_KEY],
    role,
    isChoosing,
    onKin: () => {
      kin += 1;
    },
  });
  return Object.assign(made, { kin: () => kin });
}

function sealed(by: Wazuh4Cipher, text = 'said'): Buffer {
  const plain = Buffer.from(text);
  const token = Buffer.alloc(by.sealedBytes(plain.length));
  by.seal([plain], plain.length, token, 0);
  return token;
}

const LONG = 'long '.repeat(10_000);

test('a worker that is free to choose opens no token of such a master, and remembers what it has learnt', () => {
  for (const text of ['', 'said', LONG]) {
    const worker = cipher('worker');
    assert.throws(() => worker.open(sealed(cipher('master'), text)), { code: 3104 });
    assert.equal(worker.kin(), 1);
  }
});

test('a token that comes back to the role that made it is not opened, and says nothing of the other end', () => {
  for (const role of ['master', 'worker'] as const) {
    const node = cipher(role);
    assert.throws(() => node.open(sealed(node)), { code: 3025 });
    assert.throws(() => node.open(sealed(cipher(role), LONG)), { code: 3025 }, 'of another one of that role');
    assert.deepEqual([node.kin(), node.isOfKin], [0, false]);
  }
});

test('a master opens the first token of such a worker, to refuse it with words, and none behind another one', () => {
  const master = cipher('master');
  assert.equal(master.open(sealed(cipher('worker'))).toString(), 'said');
  assert.equal(master.isOfKin, true);
  const other = cipher('master');
  assert.equal(other.open(sealed(new Fernet(OTHER_KEY))).toString(), 'said');
  assert.equal(other.isOfKin, false);
  assert.throws(() => other.open(sealed(new Fernet(KEY))), { code: 3025 }, 'of another key than the first');
  const marked = new KinCipher({ clusterKeys: [OTHER_KEY], role: 'worker', isChoosing: true, onKin() {} });
  assert.throws(() => other.open(sealed(marked)), { code: 3104 });
});

test('originals, and nodes that were told which dialect to speak, neither mark nor look', () => {
  const original = new Fernet(KEY);
  for (const role of ['master', 'worker'] as const) {
    const free = cipher(role);
    const told = cipher(role, false);
    for (const one of [original, told]) assert.equal(free.open(sealed(one)).toString(), 'said');
    for (const one of [original, told]) assert.equal(one.open(sealed(free)).toString(), 'said');
    assert.equal(free.isOfKin || told.isOfKin, false);
  }
});

/** A master and a worker of ours, both free to choose, with somebody in between who lets no other dialect through than that of 4.x. */
class KinScene implements AsyncDisposable {
  readonly master: MasterScene;
  readonly between: Between;
  readonly worker: InProcessNode;
  readonly memory = new DialectMemory();

  private constructor(master: MasterScene, between: Between) {
    this.master = master;
    this.between = between;
    const address = { host: '127.0.0.1', port: between.port };
    this.worker = new InProcessNode(
      'worker1',
      join(master.master.home, '..', 'worker1'),
      'worker',
      new AutoTransport(new TcpTransport(address), new TcpTransport(address, 'wazuh4'), this.memory),
      systemClock,
      { intervals: QUICK, memory: this.memory },
    );
  }

  static async start(meddling: Meddling): Promise<KinScene> {
    const master = await MasterScene.start({ 'etc/rules/a.xml': 'alpha' });
    const scene = new KinScene(master, await Between.start(() => master.address, meddling));
    await scene.worker.start();
    return scene;
  }

  explain = (): string =>
    `${this.between.seen.join(' ')}\n${this.worker.log.text()}\n${this.master.explain()}`;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.stop();
    await this.between[Symbol.asyncDispose]();
    await this.master[Symbol.asyncDispose]();
  }
}

const passOn: Meddling = {
  fromWorker: ({ bytes }, line) => line.toMaster(bytes),
  fromMaster: ({ bytes }, line) => line.toWorker(bytes),
};

test('a worker that somebody has kept from its own dialect is refused in the other one, and speaks that no more', async () => {
  await using scene = await KinScene.start(passOn);
  const isTold = () => scene.worker.log.find(/3104 - .*our own dialect/).length > 0;
  await waitFor('it to know better', isTold, 40_000, scene.explain);
  assert.equal(scene.memory.greeted, 'muster');
  const { refused } = scene.between;
  await waitFor('further tries', () => scene.between.refused >= refused + 3, 40_000, scene.explain);
  assert.deepEqual(scene.between.seen, ['hello']);
  assert.match(scene.explain(), /Refused worker1 at .*3104 - .*the worker speaks our own dialect/);
  assert.equal(scene.master.master.services.status.workers.size, 0);
});

test('whoever says back what a worker has said, in place of its master, is hung up on', async () => {
  await using scene = await KinScene.start({
    ...passOn,
    fromWorker: (frame, line) => line.toWorker(as('ok', frame)),
  });
  const isTold = () => scene.worker.log.find(/3025 - .*sends back what was sent/).length > 1;
  await waitFor('it to hang up, twice', isTold, 40_000, scene.explain);
  assert.notEqual(scene.memory.greeted, 'muster', 'nothing was learnt of the master');
  assert.deepEqual(new Set(scene.between.seen), new Set(['hello']));
});

test('whoever has recorded tokens of originals has nothing of a master passed on to a worker by them', async () => {
  const original = new Fernet(KEY);
  const recorded = (command: string, text: string): Frame => {
    const [bytes = Buffer.alloc(0)] = encodeWazuh4Message(
      { counter: 0, command, plain: [Buffer.from(text)] },
      original,
    );
    return { command, bytes };
  };
  const nodes = {
    items: [{ name: 'master', type: 'master', version: '4.7.5', ip: '127.0.0.1' }],
    totalItems: 1,
  };
  const answers: Record<string, Frame> = {
    hello: recorded('ok', 'Client worker1 added'),
    get_nodes: recorded('ok', JSON.stringify(nodes)),
  };
  const hello = recorded('hello', 'worker1 wazuh worker 4.7.5');
  const fromMaster: string[] = [];
  await using scene = await KinScene.start({
    fromWorker: (frame, line) => {
      const answer = answers[frame.command];
      if (frame.command === 'hello') line.toMaster(as('hello', frame, hello));
      else if (answer === undefined) line.toMaster(frame.bytes);
      if (answer !== undefined) line.toWorker(as('ok', frame, answer));
    },
    fromMaster: ({ command, bytes }, line) => {
      // What answers the two that were answered before.
      if (fromMaster.push(command) > 1) line.toWorker(bytes);
    },
  });
  await waitFor(
    'the master to hear a token that no original has made',
    () => /Disconnected: .*3104 - .*the worker speaks our own dialect/.test(scene.master.explain()),
    40_000,
    scene.explain,
  );
  assert.equal(fromMaster[0], 'ok', 'hello was taken');
  assert.throws(() => scene.worker.read('etc/rules/a.xml'));
});
