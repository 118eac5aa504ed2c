import assert from 'node:assert/strict';
import { admissionMachine, type Claim } from '../../machines/connection/admission.ts';
import { modelTest } from '../harness/model.ts';
import { count, lastEvent, paramsOf } from './trace.ts';

const claim = (over: Partial<Claim> = {}) => ({
  type: 'session.claim' as const,
  claim: {
    connectionId: 1,
    name: 'worker1',
    cluster: 'muster',
    protocol: { min: 1, max: 3 },
    node: 'a'.repeat(32),
    session: 1,
    wantsOurs: false,
    release: null,
    provenName: null,
    ...over,
  },
});
/** Connections that have been welcomed and neither released nor evicted, by the actions alone. */
type Granted = { claim: Claim; protocol: number };

modelTest(admissionMachine, {
  input: {
    masterName: 'master',
    cluster: 'muster',
    protocol: { min: 1, max: 2 },
    release: '4.7.5',
    maxSessions: 2,
  },
  events: [
    claim(),
    claim({ provenName: 'worker1', connectionId: 2, session: 2 }),
    claim({ connectionId: 3, node: 'b'.repeat(32) }),
    claim({ connectionId: 4, name: 'constructor' }),
    claim({ connectionId: 5, name: 'one-too-many' }),
    claim({ name: '../worker1' }),
    claim({ name: '' }),
    claim({ name: 'c-internal.sock' }),
    claim({ name: 'a'.repeat(129) }),
    claim({ provenName: 'worker2' }),
    claim({ name: 'master' }),
    claim({ cluster: 'other' }),
    claim({ protocol: { min: 3, max: 9 } }),
    claim({ protocol: { min: 0, max: 0 } }),
    claim({ release: '4.7.5', node: '', session: 0 }),
    claim({ release: '4.7.5', node: '', session: 0, wantsOurs: true }),
    claim({ release: '4.7.4', node: '', session: 0 }),
    { type: 'session.release', connectionId: 1 },
    { type: 'session.release', connectionId: 3 },
  ],
  key: ({ sessions }) =>
    Object.entries(sessions)
      .map(([name, { connectionId }]) => [name, connectionId])
      .sort(),
  invariants: {
    'every claim has exactly one answer': ({ events, all }) => {
      const claims = events.filter(({ type }) => type === 'session.claim').length;
      assert.equal(count(all, 'grant', 'refuse'), claims);
    },
    'a name has one live session: the one welcomed last, until it is released or evicted': ({
      all,
      events,
      snapshot,
    }) => {
      const live = new Map<string, number>();
      const answers = all.actions.filter(({ type }) => type !== 'evict');
      for (const event of events) {
        if (event.type === 'session.claim') {
          const answer = answers.shift();
          if (answer?.type === 'grant') live.set(event.claim.name, event.claim.connectionId);
        } else {
          for (const [name, id] of live) if (id === event.connectionId) live.delete(name);
        }
      }
      const sessions = Object.entries(snapshot.context.sessions);
      assert.deepEqual(new Map(sessions.map(([name, session]) => [name, session.connectionId])), live);
    },
    'whoever is evicted makes room for a newer session of the same node': ({ last, events }) => {
      if (count(last, 'evict') === 0) return;
      const [granted] = paramsOf<Granted>(last, 'grant');
      const [evicted] = paramsOf<{ name: string; connectionId: number }>(last, 'evict');
      assert.equal(evicted?.name, granted?.claim.name);
      const older = events.find(
        (event) => event.type === 'session.claim' && event.claim.connectionId === evicted?.connectionId,
      );
      assert.equal(older?.claim.node, granted?.claim.node);
      assert.ok(older?.claim.session < (granted?.claim.session ?? 0));
    },
    'nobody enters with a bad name, another cluster, an identity that is not its own, no common version or another release':
      (trace) => {
        const event = lastEvent(trace);
        const [granted] = paramsOf<Granted>(trace.last, 'grant');
        if (event === null || granted === undefined) return;
        const { name, cluster, provenName, protocol, release } = granted.claim;
        assert.match(name, /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
        assert.notEqual(name, 'master');
        assert.notEqual(name, 'c-internal.sock');
        assert.equal(cluster, 'muster');
        assert.ok(release === null || release === '4.7.5');
        assert.ok(provenName === null || provenName === name);
        assert.ok(
          granted.protocol >= Math.max(1, protocol.min) && granted.protocol <= Math.min(2, protocol.max),
        );
      },
    'who would rather speak our own dialect does not enter by the weaker one': (trace) => {
      const [granted] = paramsOf<Granted>(trace.last, 'grant');
      assert.notEqual(granted?.claim.wantsOurs, true);
    },
    'there are never more sessions than allowed, and only a further one is refused for that': (trace) => {
      const { sessions } = trace.snapshot.context;
      assert.ok(Object.keys(sessions).length <= 2);
      const [refused] = paramsOf<{ claim: Claim; failure: { code: number } }>(trace.last, 'refuse');
      if (refused?.failure.code !== 3110) return;
      assert.ok(Object.keys(sessions).length === 2 && !Object.hasOwn(sessions, refused.claim.name));
    },
    'a refusal carries the code of its reason': (trace) => {
      const [refused] = paramsOf<{ claim: Claim; failure: { code: number } }>(trace.last, 'refuse');
      if (refused === undefined) return;
      assert.ok([3105, 3106, 3028, 3029, 3030, 3031, 3104, 3110].includes(refused.failure.code));
    },
  },
});
