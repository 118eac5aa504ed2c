import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { disconnectSilentAgents } from '../../src/node/effects/silent-agents.ts';
import { NodeStatus } from '../../src/node/status.ts';
import { addAgents, embeddedSubject } from '../agents/fixture.ts';
import { wireServices } from '../harness/wire/services.ts';
import { LogCollector } from '../spec/log-collector.ts';

const MINUTE_MS = 60_000;

/** A master that has run for so long, and looks at its store. */
async function master(upMs: number) {
  const subject = await embeddedSubject();
  const nowMs = Date.now();
  const log = new LogCollector();
  const services = {
    ...wireServices({ now: () => nowMs } as never),
    log,
    status: new NodeStatus(new Date(nowMs - upMs)),
  };
  services.store.set(subject.store);
  const disconnectionMs = services.config.agents.disconnectionMs;
  return {
    log,
    services,
    disconnectionMs,
    store: subject.store,
    [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose](),
    silentFor: (id: number, ms: number) =>
      subject.store.query(
        `global sql update agent set connection_status='active',last_keepalive=${Math.floor((nowMs - ms) / 1000)} where id=${id}`,
      ),
  };
}

describe('agents that are silent', () => {
  it('become disconnected when their last keepalive is too old, and the log says how many', async () => {
    await using node = await master(60 * MINUTE_MS);
    await addAgents(node.store, 2);
    await node.silentFor(1, node.disconnectionMs + MINUTE_MS);
    await node.silentFor(2, node.disconnectionMs - MINUTE_MS);
    assert.equal(await disconnectSilentAgents(node.services), true);
    assert.equal((await node.store.agentInfo(1))?.connection_status, 'disconnected');
    assert.equal((await node.store.agentInfo(1))?.status_code, 4);
    assert.equal((await node.store.agentInfo(2))?.connection_status, 'active');
    assert.equal(node.log.find(/^1 agents are disconnected/).length, 1);
    assert.equal(await disconnectSilentAgents(node.services), true);
    assert.equal(node.log.find(/agents are disconnected/).length, 1, 'once');
  });

  it('stay as they are while the master has not been there for so long: nobody could be heard', async () => {
    await using node = await master(MINUTE_MS);
    await addAgents(node.store, 1);
    await node.silentFor(1, node.disconnectionMs + MINUTE_MS);
    assert.equal(await disconnectSilentAgents(node.services), true);
    assert.equal((await node.store.agentInfo(1))?.connection_status, 'active');
  });

  it('are looked for again soon if the store does not answer', async () => {
    await using node = await master(60 * MINUTE_MS);
    node.services.store.set(null);
    assert.equal(await disconnectSilentAgents(node.services), false);
    assert.equal(node.log.find(/could not be looked for/).length, 1);
  });
});
