import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { AuthdClient } from '../../src/registration/authd-client.ts';
import { authdSocket, isAuthdServed, openRegistration } from '../../src/registration/open-registration.ts';
import { FakeAuthd, HANGS, type Serve, says, TALKS_NONSENSE } from './fake-authd.ts';

const NEVER = new AbortController().signal;
const ADD = '{"function":"add","arguments":{"name":"a1","ip":"any"}}';

/** A home whose authd does this to each who connects. */
async function authd(serve: Serve): Promise<{ home: string; server: FakeAuthd }> {
  const home = mkdtempSync(join(tmpdir(), 'muster-authd-'));
  const server = await FakeAuthd.start(home, serve);
  after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });
  return { home, server };
}

const clientOf = (home: string, timeoutMs = 5_000, connections = 1) =>
  new AuthdClient({ socket: authdSocket(home), timeoutMs, connections });

describe('an authd that', () => {
  it('takes a message and never answers: 3212 after its time, and so for those who waited behind it', async () => {
    const { home } = await authd(HANGS);
    const client = clientOf(home, 200);
    const both = await Promise.allSettled([client.request(ADD, NEVER), client.request(ADD, NEVER)]);
    for (const outcome of both) {
      assert.equal(outcome.status, 'rejected');
      assert.equal(outcome.reason.code, 3212);
      assert.match(outcome.reason.message, /nothing in 200 ms/);
    }
  });

  it('never answers is left by whoever gives up, and the next one has its turn', async () => {
    let asked = 0;
    const { home } = await authd((socket) =>
      socket.on('data', () => {
        asked += 1;
        if (asked > 1) socket.end(says('{"error":0,"data":{}}'));
      }),
    );
    const client = clientOf(home);
    const given = new AbortController();
    const first = client.request(ADD, given.signal);
    const second = client.request(ADD, NEVER);
    setTimeout(() => given.abort(), 50);
    await assert.rejects(first, { code: 3120 });
    assert.equal(await second, '{"error":0,"data":{}}');
  });

  it('ends before its answer is whole is told so', async () => {
    const { home } = await authd((socket) =>
      socket.on('data', () => socket.end(Buffer.from([9, 0, 0, 0, 123]))),
    );
    await assert.rejects(clientOf(home).request(ADD, NEVER), { code: 1014 });
  });

  it('answers what authd does not answer, or more than it may, is not believed', async () => {
    for (const answer of [says('hello'), Buffer.from([0, 0, 0, 127, 1])]) {
      const { home } = await authd((socket) => socket.on('data', () => socket.write(answer)));
      await assert.rejects(clientOf(home).request(ADD, NEVER), { code: 3213 });
    }
  });

  it('is absent, or left its socket behind, is named', async () => {
    const { home, server } = await authd(() => {});
    await assert.rejects(clientOf(`${home}/nowhere`).request(ADD, NEVER), { code: 1013 });
    await server.stop();
    await assert.rejects(clientOf(home).request(ADD, NEVER), { code: 1013 });
  });

  it('has to register, and is absent, is waited for: the line for the log says so, and each who asks is told', async () => {
    const home = mkdtempSync(join(tmpdir(), 'muster-authd-'));
    after(() => rmSync(home, { recursive: true, force: true }));
    const own = () => assert.fail('nobody else registers');
    const opened = await openRegistration({ home, choice: 'authd', own, onError: assert.fail });
    assert.equal(opened.answers, false);
    assert.match(
      opened.message,
      /does not answer yet; until it does nobody can be registered: Error 1013 - /,
    );
    const isTold = {
      code: 1013,
      message: /queue\/sockets\/auth: there is no such socket: check that its daemon runs/,
    };
    await assert.rejects(opened.registration.request(ADD, NEVER), isTold);
    await opened.registration.close();
  });

  it('listens and talks nonsense keeps a node from keeping its file too', async () => {
    const { home } = await authd(TALKS_NONSENSE);
    await assert.rejects(isAuthdServed(home), { code: 3213 });
    assert.equal(await isAuthdServed(`${home}/nowhere`), false);
  });
});
