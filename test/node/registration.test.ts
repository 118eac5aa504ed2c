import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type AnyActorRef, createActor } from 'xstate';
import { createSupervisor } from '../../machines/supervision/supervisor.ts';
import type { RegistrationChoice } from '../../src/config/node-config.ts';
import { systemClock } from '../../src/node/clock.ts';
import { RegistrationAccess } from '../../src/node/registration-access.ts';
import { registrationChild } from '../../src/node/registration-child.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { RESTARTS, supervisionEffects } from '../../src/node/supervision.ts';
import type { Forward } from '../../src/registration/forwarding.ts';
import { authdSocket } from '../../src/registration/open-registration.ts';
import { waitFor } from '../harness/wait-for.ts';
import { wireServices } from '../harness/wire/services.ts';
import { ANSWERS, FakeAuthd, HANGS, TALKS_NONSENSE } from '../registration/fake-authd.ts';
import { RegistryHome } from '../registration/registry-home.ts';
import { LogCollector } from '../spec/log-collector.ts';

const NEVER = new AbortController().signal;
const order = (name: string) => JSON.stringify({ function: 'add', arguments: { name, ip: 'any' } });

/** What of a node registers agents, under the supervisor that starts it. */
class RegistrationOfNode implements AsyncDisposable {
  readonly log = new LogCollector();
  readonly services: NodeServices;
  isComplete = false;
  readonly #root: AnyActorRef;

  /** `forward`: how a worker reaches its master; a master registers itself. */
  constructor(home: string, choice: RegistrationChoice, forward: Forward | null = null) {
    const services = wireServices(systemClock);
    const agents = { ...services.config.agents, registration: choice };
    this.services = {
      ...services,
      config: { ...services.config, home, agents },
      log: this.log,
      registration: new RegistrationAccess(),
    };
    const root: AnyActorRef = createActor(
      createSupervisor({
        id: 'node',
        strategy: 'one_for_one',
        ...RESTARTS,
        effects: supervisionEffects(this.services, 'Node'),
        children: [
          registrationChild(this.services, {
            ready: () => {
              this.isComplete = true;
              root.send({ type: 'supervisor.ready', child: 'registration' });
            },
            forward,
          }),
        ],
      }),
    );
    this.#root = root;
    root.subscribe({ error: () => {} });
    root.start();
  }

  get runs(): boolean {
    return this.#root.getSnapshot().status === 'active';
  }

  /** The answer, once there is one. */
  async add(name: string): Promise<string> {
    const answered = async () => {
      try {
        return await this.services.registration.current.request(order(name), NEVER);
      } catch {
        return null;
      }
    };
    return await this.until('an answer', answered);
  }

  until<T>(what: string, check: () => T | Promise<T>): Promise<NonNullable<T>> {
    return waitFor(what, check, 20_000, () => this.log.text());
  }

  async said(words: RegExp): Promise<void> {
    await this.until(`${words}`, () => this.log.find(words).length > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#root.send({ type: 'shutdown' });
    await this.until('its end', () => !this.runs);
  }
}

describe('the registration of a node', { concurrency: true }, () => {
  for (const [what, serve, code] of [
    ['hangs', HANGS, 3212],
    ['talks nonsense', TALKS_NONSENSE, 3213],
  ] as const) {
    it(`is that of an authd that ${what}: the node serves, says so, and is answered when it comes to itself`, async () => {
      using home = new RegistryHome();
      await using authd = await FakeAuthd.start(home.path, serve);
      await using node = new RegistrationOfNode(home.path, 'auto');
      await node.said(new RegExp(`an authd at .*, which does not answer yet; .*: Error ${code}`));
      await node.until('the node to be complete', () => node.isComplete);
      assert.equal(node.log.find(/could not start|started again/).length, 0);
      authd.serve = ANSWERS;
      assert.match(await node.add('web-01'), /of the authd/);
    });
  }

  it('is that of an authd by configuration, whether it is there already or not', async () => {
    using home = new RegistryHome();
    await using node = new RegistrationOfNode(home.path, 'authd');
    await node.said(/an authd at .*, which does not answer yet; .*: Error 1013/);
    await using _authd = await FakeAuthd.start(home.path, ANSWERS);
    assert.match(await node.add('web-01'), /of the authd/);
  });

  it('is that of the authd that came later and took the socket: nothing is written beside it from then on', async () => {
    using home = new RegistryHome();
    await using node = new RegistrationOfNode(home.path, 'auto');
    assert.match(await node.add('web-01'), /"error":0/);
    const own = node.services.registration.current;
    await using _authd = await FakeAuthd.start(home.path, ANSWERS);
    await assert.rejects(own.request(order('web-02'), NEVER), {
      code: 1013,
      message: /sockets\/auth: another program has put something else in its place/,
    });
    assert.match(await node.add('web-03'), /of the authd/);
    assert.doesNotMatch(home.text, /web-0[23]/);
    assert.equal(node.log.find(/cannot be registered: Error 3101 - .*another program has put/).length, 1);
    assert.equal(node.log.find(/registered by the authd that serves/).length, 1);
  });

  it('is noticed to be of an authd also when nobody asks, and one of a worker likewise', async () => {
    using home = new RegistryHome();
    await using node = new RegistrationOfNode(
      home.path,
      'auto',
      async () => '{"error":0,"data":"of the master"}',
    );
    assert.match(await node.add('web-01'), /of the master/);
    await using _authd = await FakeAuthd.start(home.path, ANSWERS);
    await node.said(/registered by the authd that serves/);
    assert.match(await node.add('web-02'), /of the authd/);
  });

  it('is served again when its socket was removed', async () => {
    using home = new RegistryHome();
    await using node = new RegistrationOfNode(home.path, 'auto');
    await node.add('web-01');
    rmSync(authdSocket(home.path));
    await node.until('the socket', () => existsSync(authdSocket(home.path)));
    assert.match(await node.add('web-02'), /"error":0/);
    assert.match(home.text, /web-02/);
  });

  it('waits where it is to be the node’s own and somebody else has its socket', async () => {
    using home = new RegistryHome();
    await using node = new RegistrationOfNode(home.path, 'embedded');
    await node.add('web-01');
    const authd = await FakeAuthd.start(home.path, ANSWERS);
    await node.said(/cannot be registered: Error 3101 - .*another process serves it: stop that one/);
    assert.throws(() => node.services.registration.current, { code: 1013 });
    await authd.stop();
    assert.match(await node.add('web-02'), /"error":0/);
    assert.ok(node.runs);
  });

  it('is tried again where something stands in its place: told once, and the node is complete', async () => {
    using home = new RegistryHome();
    const authd = await FakeAuthd.start(home.path, ANSWERS);
    await authd.stop();
    writeFileSync(authdSocket(home.path), 'no socket');
    await using node = new RegistrationOfNode(home.path, 'auto');
    await node.said(/Agents cannot be registered: Error 3101 - .*that is no socket/);
    await node.until('the node to be complete', () => node.isComplete);
    assert.throws(() => node.services.registration.current, { code: 1013 });
    rmSync(authdSocket(home.path));
    await node.said(/registered in etc\/client\.keys/);
    assert.equal(node.log.find(/cannot be registered/).length, 1);
    assert.match(await node.add('web-01'), /"error":0/);
  });
});
