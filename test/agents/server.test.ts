import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { AgentDatabase } from '../../src/agents/embedded/database.ts';
import { execute } from '../../src/agents/embedded/execute.ts';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { CROWD_OVER_CLIENTS, MAX_CLIENTS, MAX_REFUSED_CLIENTS } from '../../src/agents/limits.ts';
import { WdbServer } from '../../src/agents/wdb-server.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { encodeFrame, LengthFrameReader } from '../../src/transport/length-frame.ts';
import { waitFor } from '../harness/wait-for.ts';
import { addAgents, addGroups, StoreHome } from './fixture.ts';

/** A store that is served, and the sockets of programs that use it. */
class Served implements AsyncDisposable {
  readonly home = new StoreHome();
  readonly #sockets: Socket[] = [];
  #store: EmbeddedStore | null = null;

  static async open(): Promise<Served> {
    const served = new Served();
    served.#store = await EmbeddedStore.open({ home: served.home.path, isMaster: true, isServed: true });
    return served;
  }

  get store(): EmbeddedStore {
    assert.ok(this.#store !== null);
    return this.#store;
  }

  async connect(): Promise<Program> {
    const socket = connect(this.home.socket);
    this.#sockets.push(socket);
    await once(socket, 'connect');
    return new Program(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#store?.close();
    this.home[Symbol.dispose]();
  }
}

/** A program that writes bytes and collects answers. */
class Program {
  readonly socket: Socket;
  readonly answers: string[] = [];
  isClosed = false;
  isEnded = false;

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new LengthFrameReader({ maxBytes: 65_536, code: 2009 });
    socket.on('data', (chunk) => reader.push(chunk, (text) => this.answers.push(text)));
    socket.on('error', () => {});
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  write(...requests: string[]): void {
    this.socket.write(Buffer.concat(requests.map((request) => encodeFrame(request, 65_536))));
  }

  answered(count: number): Promise<true> {
    return waitFor(`${count} answers`, () => this.answers.length >= count || null);
  }

  closed(): Promise<true> {
    return waitFor('the end of the connection', () => this.isClosed || null);
  }
}

describe('the server of the embedded store', { concurrency: true }, () => {
  it('is open to owner and group, and to nobody else', async () => {
    await using served = await Served.open();
    const { mode } = statSync(served.home.socket);
    assert.equal(mode & 0o777, 0o660);
    assert.equal(statSync(served.home.database).mode & 0o777, 0o640);
  });

  it('answers requests that did not wait for answers, in their order', async () => {
    await using served = await Served.open();
    await addGroups(served.store, ...Array.from({ length: 100 }, (_, index) => `g${index}`));
    const program = await served.connect();
    const numbers = Array.from({ length: 5_000 }, (_, index) => index % 100);
    program.write(...numbers.map((number) => `global find-group g${number}`));
    await program.answered(numbers.length);
    assert.deepEqual(
      program.answers,
      numbers.map((number) => `ok [{"id":${number + 1}}]`),
    );
  });

  it('answers what was asked before the program ended its side', async () => {
    await using served = await Served.open();
    const program = await served.connect();
    program.write('global get-all-agents last_id -1', 'global select-groups');
    program.socket.end();
    await program.closed();
    assert.deepEqual(program.answers, ['ok [{"id":0}]', 'ok []']);
  });

  it('takes a request byte by byte, with the zero byte of C programs', async () => {
    await using served = await Served.open();
    const program = await served.connect();
    for (const byte of encodeFrame('global get-all-agents last_id -1\0', 100)) {
      program.socket.write(Buffer.of(byte));
    }
    await program.answered(1);
    assert.deepEqual(program.answers, ['ok [{"id":0}]']);
  });

  it('answers JSON as it is, and cuts what is too long', async () => {
    await using served = await Served.open();
    await addAgents(served.store, 4_000);
    const program = await served.connect();
    program.write('{"command":"getstats"}', 'global sql select id, name, connection_status from agent');
    await program.answered(2);
    assert.equal(program.answers[0], '{"error":0,"message":"ok","data":{}}');
    assert.equal(program.answers[1]?.length, 65_536);
    const client = new WdbStore({ socket: served.home.socket });
    await assert.rejects(client.query('global sql select id, name, connection_status from agent'), {
      code: 2009,
    });
    await assert.rejects(served.store.query('global sql select id, name, connection_status from agent'), {
      code: 2009,
    });
    await client.close();
  });

  it('drops a program that announces too much, and nobody else', async () => {
    await using served = await Served.open();
    const [good, bad] = [await served.connect(), await served.connect()];
    const header = Buffer.alloc(4);
    header.writeUInt32LE(65_537);
    bad.socket.write(header);
    await bad.closed();
    good.write('global select-groups');
    await good.answered(1);
  });

  it('takes the largest request', async () => {
    await using served = await Served.open();
    const program = await served.connect();
    program.write('global find-group '.padEnd(65_536, 'x'));
    await program.answered(1);
    assert.deepEqual(program.answers, ['ok []']);
  });

  it('is held up by no program that does not read its answers', async () => {
    await using served = await Served.open();
    await addAgents(served.store, 4_000);
    const [deaf, good] = [await served.connect(), await served.connect()];
    deaf.socket.pause();
    const count = 100;
    const request = 'global get-all-agents last_id 0';
    deaf.write(...Array.from({ length: count }, () => request));
    good.write('global select-groups');
    await good.answered(1);
    // Whoever reads after all gets everything.
    deaf.socket.resume();
    await deaf.answered(count);
    assert.equal(new Set(deaf.answers).size, 1);
  });

  it('lets nobody wait for all that another one asks, where long answers end a batch', async () => {
    using home = new StoreHome();
    const carriedOut: string[] = [];
    const server = new WdbServer({
      execute: ([first = '']) => {
        carriedOut.push(first);
        return ['ok'];
      },
    });
    await server.listen(home.socket);
    const [greedy, other] = [new Program(connect(home.socket)), new Program(connect(home.socket))];
    await Promise.all([greedy, other].map(({ socket }) => once(socket, 'connect')));
    greedy.write(...Array.from({ length: 10 }, () => 'much'));
    other.write('little');
    await Promise.all([greedy.answered(10), other.answered(1)]);
    assert.ok(carriedOut.indexOf('little') < 3, carriedOut.join(' '));
    assert.equal(carriedOut.length, 11);
    await server.close();
  });

  it('begins no further request when its time is over, since everybody else waits; the first is carried out anyhow', () => {
    using home = new StoreHome();
    const database = new AgentDatabase({ file: home.database, home: home.path, isMaster: true });
    const requests = Array.from({ length: 50 }, () => 'global get-agent-info 0');
    assert.equal(execute(database, requests, 0).length, 1);
    assert.equal(execute(database, requests).length, 50);
    database.close();
  });

  it('takes no more programs than it may, tells further ones why, and takes another one when one has gone', async () => {
    await using served = await Served.open();
    const programs: Program[] = [];
    for (let count = 0; count < MAX_CLIENTS; count += 1) programs.push(await served.connect());
    const last = programs.at(-1);
    last?.write('global select-groups');
    await last?.answered(1);
    const why = `Too many clients: at most ${MAX_CLIENTS} programs may be connected`;
    const further = await served.connect();
    further.write('global select-groups');
    await further.closed();
    assert.deepEqual(further.answers, [`err ${why}`]);
    const client = new WdbStore({ socket: served.home.socket });
    assert.deepEqual(await client.query('global select-groups'), { status: 'err', payload: why });
    await client.close();
    programs[0]?.socket.destroy();
    const replacement = await waitFor('a place', async () => {
      const program = await served.connect();
      program.write('global select-groups');
      await waitFor('an answer or the end', () => program.answers.length > 0 || program.isClosed || null);
      return program.isClosed || program.answers[0]?.startsWith('err') ? null : program;
    });
    assert.deepEqual(replacement.answers, ['ok []']);
  });

  it('drops a program for which there is no room and that does not go by itself', async () => {
    await using served = await Served.open();
    for (let count = 0; count < MAX_CLIENTS; count += 1) await served.connect();
    const idle = await served.connect();
    idle.socket.allowHalfOpen = true;
    await idle.answered(1);
    // That the other end is gone shows only to who writes.
    await waitFor('the end', () => idle.isClosed || void idle.write('global select-groups'));
  });

  it('more programs at once than it has words for are closed without', async () => {
    await using served = await Served.open();
    for (let count = 0; count < MAX_CLIENTS; count += 1) await served.connect();
    const further = Array.from({ length: MAX_REFUSED_CLIENTS + 20 }, () => {
      return new Program(connect({ path: served.home.socket, allowHalfOpen: true }));
    });
    const isOver = (program: Program) => program.answers.length > 0 || program.isEnded;
    await waitFor('an answer or the end of each', () => further.every(isOver) || null);
    const told = further.filter(({ answers }) => answers.length > 0).length;
    assert.ok(told >= MAX_REFUSED_CLIENTS && told < further.length, `${told}`);
    for (const { socket } of further) socket.destroy();
  });

  it('tells of a crowd once, and again when it had gone', async () => {
    await using served = await Served.open();
    const news: string[] = [];
    served.store.onNews(({ kind }) => news.push(kind));
    const programs: Program[] = [];
    /** As many as may be, and three more. */
    const fill = async () => {
      for (let refused = 0; refused < 3; ) {
        const program = await served.connect();
        program.write('global select-groups');
        await program.answered(1);
        if (program.answers[0] === 'ok []') programs.push(program);
        else refused += 1;
      }
    };
    /** Until so many are left, and the server knows. */
    const leave = async (count: number) => {
      for (const { socket } of programs.splice(count)) socket.destroy();
      await served.store.allAgents();
    };
    await fill();
    await waitFor('the notice', () => news.length > 0 || null);
    await leave(CROWD_OVER_CLIENTS + 5);
    await fill();
    assert.deepEqual(news, ['crowded'], 'a few have gone, and nobody wants to hear it again');
    await waitFor('the second notice', async () => {
      await leave(CROWD_OVER_CLIENTS - 5);
      await fill();
      return news.length > 1 || null;
    });
    assert.deepEqual(news, ['crowded', 'crowded']);
  });

  it('takes the place of no other server, and of nothing that is no socket', async () => {
    await using served = await Served.open();
    const { path } = served.home;
    await assert.rejects(EmbeddedStore.open({ home: path, isMaster: true, isServed: true }), { code: 3101 });
    assert.deepEqual(await served.store.allAgents(-1), [0]);
    using other = new StoreHome();
    writeFileSync(other.socket, 'text');
    await assert.rejects(EmbeddedStore.open({ home: other.path, isMaster: true, isServed: true }), {
      code: 3101,
    });
  });
});
