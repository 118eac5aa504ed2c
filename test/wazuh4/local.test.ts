import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { localRequest } from '../../src/local/client.ts';
import { systemClock } from '../../src/node/clock.ts';
import { noCipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { encodeWazuh4Message } from '../../src/protocol/dialects/wazuh4/frames.ts';
import { wazuh4Format } from '../../src/protocol/dialects/wazuh4/header.ts';
import { wazuh4LocalLimits } from '../../src/protocol/dialects/wazuh4/limits.ts';
import { FrameDecoder, type Message } from '../../src/protocol/frame.ts';
import { waitFor } from '../harness/wait-for.ts';
import { ClusterInProcess, type InProcessNode } from '../spec/cluster-in-process.ts';

interface Heard {
  readonly command: string;
  readonly text: string;
}

/** A program made for the original's socket: acknowledges whatever it is asked, and keeps strings. */
class Client implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly strings = new Map<string, string>();
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder(wazuh4LocalLimits, wazuh4Format);
  readonly #waiting = new Map<number, (heard: Heard) => void>();
  #counter = 1000;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#decoder.push(chunk, (message) => this.#take(message)));
    socket.on('error', () => {});
  }

  static async of(node: InProcessNode): Promise<Client> {
    const socket = connect(join(node.home, 'queue/cluster/c-internal.sock'));
    await once(socket, 'connect');
    return new Client(socket);
  }

  write(counter: number, command: string, text: string): void {
    this.#socket.write(
      Buffer.concat(encodeWazuh4Message({ counter, command, plain: [Buffer.from(text)] }, noCipher)),
    );
  }

  /** The frame byte by byte, as a slow program writes it. */
  trickle(command: string, text: string): Promise<Heard> {
    const [frame = Buffer.alloc(0)] = encodeWazuh4Message(
      { counter: 9, command, plain: [Buffer.from(text)] },
      noCipher,
    );
    const reply = this.#reply(9);
    for (const byte of frame) this.#socket.write(Buffer.of(byte));
    return reply;
  }

  ask(command: string, text = ''): Promise<Heard> {
    this.#counter += 1;
    const reply = this.#reply(this.#counter);
    this.write(this.#counter, command, text);
    return reply;
  }

  async hears(command: string): Promise<string> {
    const { text } = await waitFor(
      command,
      () => this.heard.find((one) => one.command === command),
      10_000,
      () => JSON.stringify(this.heard),
    );
    return text;
  }

  #reply(counter: number): Promise<Heard> {
    return new Promise((resolve) => this.#waiting.set(counter, resolve));
  }

  #take({ counter, command, payload }: Message): void {
    const heard = { command, text: Buffer.from(payload).toString() };
    const waiting = this.#waiting.get(counter);
    this.#waiting.delete(counter);
    if (waiting !== undefined) {
      waiting(heard);
      return;
    }
    this.heard.push(heard);
    if (command === 'new_str') {
      this.strings.set('77', '');
      this.write(counter, 'ok', '77');
    } else if (command === 'str_upd') {
      this.strings.set('77', `${this.strings.get('77')}${heard.text.slice(3)}`);
      this.write(counter, 'ok', 'String updated');
    } else this.write(counter, 'ok', 'Response received');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}

const codeOf = ({ text }: Heard) => JSON.parse(text).__wazuh_exception__.__object__.code;
const agents = {
  f: {
    __callable__: {
      __name__: 'get_agents',
      __module__: 'wazuh.agent',
      __qualname__: 'get_agents',
      __type__: 'function',
    },
  },
  f_kwargs: {},
};

test('programs made for the original have their answers at the socket of a master, beside ours', async () => {
  const cluster = await ClusterInProcess.start({ files: { 'etc/rules/a.xml': 'a' }, clock: systemClock });
  try {
    const { master } = cluster;
    await using client = await Client.of(master);
    assert.deepEqual(await client.trickle('echo-c', 'keepalive'), { command: 'ok-m', text: 'keepalive' });
    const config = JSON.parse((await client.ask('get_config')).text);
    assert.deepEqual(
      [config.node_name, config.node_type, config.key, config.hidden, config.disabled],
      ['master', 'master', '', 'no', false],
    );
    assert.deepEqual(Object.keys(JSON.parse((await client.ask('get_hash')).text)), ['etc/rules/a.xml']);
    const nodes = JSON.parse(
      (await client.ask('get_nodes', '{"filter_type": "all", "limit": 500, "sort": null}')).text,
    );
    assert.deepEqual(
      nodes.items.map(({ name, version }: Record<string, string>) => [name, version]),
      [
        ['master', '4.7.5'],
        ['worker1', '4.7.5'],
      ],
    );
    assert.equal(JSON.parse((await client.ask('get_health', '{}')).text).n_connected_nodes, 1);
    assert.equal(codeOf(await client.ask('get_nodes', '')), 1000);
    assert.deepEqual(await client.ask('dapi', JSON.stringify(agents)), {
      command: 'ok',
      text: 'Added request to API requests queue',
    });
    assert.equal(await client.hears('dapi_res'), '77');
    const { __wazuh_result__: result } = JSON.parse(client.strings.get('77') ?? '');
    assert.equal(result.__class__, 'AffectedItemsWazuhResult');
    assert.deepEqual(await client.ask('dapi_fwd', `nobody ${JSON.stringify(agents)}`), {
      command: 'ok',
      text: 'Request forwarded to worker node',
    });
    assert.deepEqual(await client.ask('sendsync', '{}'), {
      command: 'err',
      text: "unknown command 'b'sendsync''",
    });
    assert.deepEqual(await client.ask('get_status'), {
      command: 'err',
      text: "unknown command 'b'get_status''",
    });
    master.write('tmp/report.txt', 'twelve bytes');
    assert.deepEqual(await client.ask('send_file', `${join(master.home, 'tmp/report.txt')} worker1`), {
      command: 'ok',
      text: 'Forwarding file to master node',
    });
    // The client of the original looks the string up by what it is told.
    assert.equal(await client.hears('send_f_res'), '77');
    assert.equal(client.strings.get('77'), '12', 'bytes');
    const own = await localRequest(master.home, 'get_nodes', {});
    assert.equal(own.items.length, 2);
  } finally {
    await cluster.close();
  }
});

test('on a worker, what its master knows and what services say comes as a request to the program', async () => {
  const cluster = await ClusterInProcess.start({ clock: systemClock });
  try {
    const worker = cluster.worker();
    await using client = await Client.of(worker);
    assert.deepEqual(await client.ask('get_nodes', '{}'), {
      command: 'ok',
      text: 'Sent request to master node',
    });
    assert.equal(JSON.parse(await client.hears('control_res')).totalItems, 2);
    await using other = await Client.of(worker);
    const add = (name: string) =>
      JSON.stringify({ daemon_name: 'authd', message: { function: 'add', arguments: { name, ip: 'any' } } });
    await waitFor(
      'the registration of the master',
      () => cluster.master.log.find(/Agents are registered/).length > 0,
    );
    assert.deepEqual(await other.ask('sendasync', add('a1')), {
      command: 'ok',
      text: 'Added request to sendsync requests queue',
    });
    assert.equal(JSON.parse(await other.hears('ok')).data.name, 'a1');
    await using third = await Client.of(worker);
    third.write(5, 'sendsync', add('a1'));
    assert.match(await third.hears('ok'), /"error":900[0-9]/);
    await using fourth = await Client.of(worker);
    fourth.write(5, 'sendsync', '{"daemon_name": "nope", "message": {}}');
    assert.match(await fourth.hears('err'), /^Error 1013 - Unable to connect with socket/);
    await using fifth = await Client.of(worker);
    await fifth.ask('dapi', JSON.stringify(agents));
    await fifth.hears('dapi_res');
    assert.match(fifth.strings.get('77') ?? '', /"total_affected_items": 2/);
    await cluster.master.stop();
    await waitFor('the worker to know', () => worker.services.status.master === null);
    assert.equal(codeOf(await other.ask('get_nodes', '{}')), 3023);
  } finally {
    await cluster.close();
  }
});
