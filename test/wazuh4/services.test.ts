import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { MAX_AUTHD_BYTES } from '../../src/registration/limits.ts';
import type { Original } from './original.ts';
import { MasterScene } from './scene.ts';

const TASK = 'queue/tasks/task';
const REMOTED = 'queue/sockets/remote';

/** A daemon of the installation: notes each message as its bytes, and answers with these. */
class Daemon implements AsyncDisposable {
  readonly heard: Buffer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(answer: Buffer | null) {
    this.#server = createServer((socket) => {
      let held = Buffer.alloc(0);
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        held = Buffer.concat([held, chunk]);
        if (held.length < 4 || held.length < 4 + held.readUInt32LE(0)) return;
        this.heard.push(held);
        if (answer === null) socket.destroy();
        else socket.write(answer);
      });
    });
  }

  static async serve(home: string, path: string, answer: Buffer | null): Promise<Daemon> {
    const daemon = new Daemon(answer);
    mkdirSync(dirname(join(home, path)), { recursive: true });
    daemon.#server.listen(join(home, path));
    await once(daemon.#server, 'listening');
    return daemon;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}

const framed = (text: string, bytes = Buffer.byteLength(text)) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes);
  return Buffer.concat([length, Buffer.from(text)]);
};

let lastId = 0;
/** What the master says that the service has answered, or why there is no answer. */
async function told(worker: Original, request: object | string): Promise<string> {
  lastId += 1;
  worker.answers.sendsyn_res = () => ({});
  worker.answers.sendsyn_err = () => ({});
  const before = worker.heard.length;
  const text = typeof request === 'string' ? request : JSON.stringify(request);
  assert.equal((await worker.askPlain('sendsync', `${lastId} ${text}`)).command, 'ok');
  const { command, text: said } = await worker.hearsOneOf(['sendsyn_res', 'sendsyn_err'], before);
  const rest = said.slice(String(lastId).length + 1);
  return command === 'sendsyn_err' ? rest : (worker.strings.get(Number(rest))?.toString() ?? '');
}

test('daemons of workers reach the task manager and remoted of the master, and their answers come as they were', async () => {
  await using place = await MasterScene.start();
  const answer = '{"error":0,"n":9007199254740993,"n":1.0,"x":"\\u00e4"}';
  await using tasks = await Daemon.serve(place.master.home, TASK, framed(answer));
  await using remoted = await Daemon.serve(place.master.home, REMOTED, framed('a word'));
  const worker = await place.worker();
  const message = {
    origin: { module: 'upgrade_module' },
    command: 'upgrade_update_status',
    parameters: { agents: [1] },
  };
  assert.equal(await told(worker, { daemon_name: 'task-manager', message }), answer);
  assert.deepEqual(tasks.heard, [framed(JSON.stringify(message))]);
  assert.equal(
    await told(worker, { daemon_name: 'remoted', message: 'assigngroup {"agent":"001"}' }),
    'a word',
  );
  assert.deepEqual(remoted.heard, [framed('assigngroup {"agent":"001"}')]);
});

test('a service that is not there, breaks off or says too much is told of; wazuh-db is reached by nobody', async () => {
  await using place = await MasterScene.start();
  const worker = await place.worker();
  const message = { command: 'x' };
  assert.match(
    await told(worker, { daemon_name: 'task-manager', message }),
    /^Error 1013 - Unable to connect/,
  );
  await using tasks = await Daemon.serve(place.master.home, TASK, null);
  assert.match(await told(worker, { daemon_name: 'task-manager', message }), /^Error 1014 - /);
  assert.equal(tasks.heard.length, 1, 'a message is never sent again');
  await using remoted = await Daemon.serve(place.master.home, REMOTED, framed('', MAX_AUTHD_BYTES + 1));
  assert.match(await told(worker, { daemon_name: 'remoted', message }), /^Error 1014 - /);
  assert.match(
    await told(worker, { daemon_name: 'remoted', message: 'a'.repeat(MAX_AUTHD_BYTES + 1) }),
    /^Error 1000 - .*3113/,
  );
  assert.equal(remoted.heard.length, 1);
  await using store = await Daemon.serve(place.master.home, 'queue/db/other', framed('ok'));
  for (const daemon_name of ['wazuh-db', '../db/other', '__proto__', 'constructor', ''])
    assert.match(
      await told(worker, { daemon_name, message: 'agent 001 sql' }),
      /^Error 1013 - /,
      daemon_name,
    );
  assert.deepEqual(store.heard, []);
});

test('a service that hangs holds up neither others nor its own next message beyond its connections', async () => {
  await using place = await MasterScene.start();
  await using tasks = await Daemon.serve(place.master.home, TASK, framed('', 4));
  await using remoted = await Daemon.serve(place.master.home, REMOTED, framed('here'));
  const worker = await place.worker();
  for (let count = 1; count <= 6; count += 1)
    await worker.askPlain('sendsync', `hung${count} {"daemon_name": "task-manager", "message": {}}`);
  assert.equal(await told(worker, { daemon_name: 'remoted', message: {} }), 'here');
  assert.ok(tasks.heard.length <= 4, `${tasks.heard.length} connections`);
  assert.equal(remoted.heard.length, 1);
});
