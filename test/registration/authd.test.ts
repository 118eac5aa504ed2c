import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import type { AgentFacts } from '../../src/registration/embedded/orders.ts';
import { type Subject, subjects } from './authd-fixture.ts';
import { keyOf } from './registry-home.ts';

const refused = (error: number, message: string) => ({ error, message });
const idsOf = (agents: readonly { id: number }[]) => agents.map(({ id }) => id);
const nowS = () => Math.floor(Date.now() / 1000);
const DAY_S = 86_400;

/** An agent that has been gone for a day, and may be replaced by the rules that hold where nobody says otherwise. */
const longGone = (): AgentFacts => ({
  connectionStatus: 'disconnected',
  disconnectionTimeS: nowS() - DAY_S,
  dateAddS: nowS() - DAY_S,
});

/** Rules that let everything be replaced. */
const FORCE = {
  enabled: true,
  key_mismatch: true,
  disconnected_time: { enabled: false, value: 0 },
  after_registration_time: 0,
};

for (const { name, make } of subjects) {
  describe(`registration by ${name}`, { concurrency: true }, () => {
    it('answers in compact JSON with its keys in order', async () => {
      await using subject = await make();
      const added = await subject.say('{"function":"add","arguments":{"name":"a1","ip":"any"}}');
      assert.match(
        added,
        /^\{"error":0,"data":\{"id":"001","name":"a1","ip":"any","key":"[0-9a-f]{64}"\}\}$/,
      );
      assert.equal(await subject.say('{"function":"get","arguments":{"id":"001"}}'), added);
      const again = await subject.say('{"function":"add","arguments":{"name":"a1","ip":"any"}}');
      assert.equal(again, '{"error":9008,"message":"Duplicate name"}');
      assert.equal(
        await subject.say('{"function":"remove","arguments":{"id":"001"}}'),
        '{"error":0,"data":"Agent deleted successfully."}',
      );
    });

    it('checks in this order: JSON, function, arguments; an unknown function is an internal error', async () => {
      await using subject = await make();
      for (const text of ['{', '{"function":"add"', '{}x']) {
        assert.deepEqual(JSON.parse(await subject.say(text)), refused(9002, 'Parsing JSON input'));
      }
      assert.deepEqual(await subject.ask({}), refused(9003, 'No such function'));
      assert.deepEqual(await subject.ask({ function: 7 }), refused(9003, 'No such function'));
      assert.deepEqual(await subject.ask({ function: 'list' }), refused(9001, 'Internal error'));
      for (const name of ['add', 'remove', 'get']) {
        for (const args of [undefined, null, 'text', []]) {
          const answer = await subject.ask({ function: name, arguments: args });
          assert.deepEqual(answer, refused(9004, 'No such argument'));
        }
      }
    });

    it('answers the text commands of its configuration', async () => {
      await using subject = await make();
      assert.match(await subject.say('getconfig auth'), /^ok \{"auth":\{.*\}\}$/);
      assert.equal(await subject.say('getconfig'), 'err AUTHCOM getconfig needs arguments');
      assert.equal(await subject.say('getconfig syscheck'), 'err Could not get requested section');
      assert.equal(await subject.say('garbage'), 'err Unrecognized command');
      assert.equal(await subject.say(''), 'err Unrecognized command');
    });

    it('add wants a name and an address, and takes only those that the file can hold', async () => {
      await using subject = await make();
      const long = 'x'.repeat(129);
      for (const bad of [undefined, 7, '', 'a', 'two words', 'line\nfeed', 'ünicode', '!a1', '#a1', long]) {
        assert.deepEqual(await subject.add({ name: bad }), refused(9005, 'No such name'));
      }
      for (const ip of [undefined, 7, '', 'all', '10.0.0.256', '10.0.0.1/33', '10.0.0.1 ', '1.2.3.4\n']) {
        assert.deepEqual(await subject.add({ name: 'a1', ip }), refused(9006, 'No such IP'));
      }
      assert.deepEqual(subject.home.names, [], 'nothing is written');
    });

    it('gives the highest id seen so far and one more, at least three digits, removed ones included', async () => {
      await using subject = await make(`# by hand\n0998 !gone any ${keyOf('a')}\n`);
      assert.equal((await subject.added({ name: 'a1' })).id, '999');
      assert.equal((await subject.added({ name: 'a2' })).id, '1000');
      assert.equal((await subject.remove('1000')).error, 0);
      assert.equal((await subject.added({ name: 'a2' })).id, '1001');
      assert.match(
        subject.home.text,
        /^# by hand\n999 a1 any .*\n1001 a2 any .*\n1000 !a2 any .*\n0998 !gone any .*\n$/,
      );
    });

    it('takes a wanted id and a raw key; a numeric id counts as absent', async () => {
      await using subject = await make();
      const key = 'raw-key';
      const wanted = await subject.added({ name: 'a1', id: '20', key });
      assert.deepEqual(wanted, { id: '020', name: 'a1', ip: 'any', key });
      assert.equal((await subject.added({ name: 'a2', id: 5 })).id, '021');
      assert.deepEqual(await subject.add({ name: 'a3', id: 'x1' }), refused(9010, 'No such agent ID'));
      assert.deepEqual(await subject.add({ name: 'a3', id: '000' }), refused(9012, 'Duplicate ID'));
      for (const bad of ['', 'line\nfeed', 'k'.repeat(128), 'k k']) {
        assert.deepEqual(await subject.add({ name: 'a3', key: bad }), refused(9009, 'Issue generating key'));
      }
      const last = await subject.added({ name: 'last', id: '99999999' });
      assert.equal(last.id, '99999999');
      assert.equal((await subject.added({ name: 'a3' })).id, '022', 'who takes the last id takes no other');
      assert.equal((await subject.added({ name: 'a4' })).id, '023');
    });

    it('every group must be a directory of etc/shared, and at most 128 of them; repeated ones are removed', async () => {
      await using subject = await make();
      const many = Array.from({ length: 129 }, (_, index) => `g${index}`);
      subject.makeGroups('web', 'db', ...many);
      const invalid = refused(9014, 'Invalid Group(s) Name(s)');
      for (const groups of [
        'nowhere',
        'web,nowhere',
        '../etc',
        '..',
        '.',
        'web,',
        ',web',
        'web db',
        many.join(),
      ]) {
        assert.deepEqual(await subject.add({ name: 'a1', groups }), invalid);
      }
      await subject.added({ name: 'a1', groups: 'web,db,web' });
      await subject.added({ name: 'a2', groups: many.slice(1).join() });
      await subject.added({ name: 'a3', groups: '' });
      const groupsOf = (id: number) => subject.rows.agents.get(id)?.groups;
      assert.deepEqual([groupsOf(1), groupsOf(2)?.length, groupsOf(3)], [['web', 'db'], 128, []]);
    });

    it('looks at groups, id, address and name in this order', async () => {
      await using subject = await make();
      await subject.added({ name: 'a1', ip: '10.0.0.1' });
      const all = { name: 'a1', ip: '10.0.0.1', id: '001' };
      assert.equal((await subject.add({ ...all, groups: 'nowhere' })).error, 9014);
      assert.equal((await subject.add(all)).error, 9012);
      assert.equal((await subject.add({ ...all, id: '009' })).error, 9007);
      assert.equal((await subject.add({ ...all, id: '009', ip: 'any' })).error, 9008);
      assert.deepEqual(await subject.add({ name: hostname() }), refused(9008, 'Duplicate name'));
      assert.deepEqual(
        await subject.add({ name: hostname(), force: FORCE }),
        refused(9008, 'Duplicate name'),
      );
      assert.deepEqual(idsOf(subject.keys.agents), [1]);
    });

    it('knows an address of IPv6 in any spelling, and lets any be taken by everybody', async () => {
      await using subject = await make();
      await subject.added({ name: 'a1', ip: '2001:db8::1' });
      const answer = await subject.add({ name: 'a2', ip: '2001:0db8:0:0:0:0:0:1' });
      assert.deepEqual(answer, refused(9007, 'Duplicate IP'));
      await subject.added({ name: 'a3', ip: '10.0.0.0/8' });
      await subject.added({ name: 'a4' });
      await subject.added({ name: 'a5' });
    });

    it('removes and gets by the id as it is stored, and no agent that is gone', async () => {
      await using subject = await make(`0001 a1 any ${keyOf('a')}\n002 !a2 any ${keyOf('b')}\n`);
      for (const kind of ['remove', 'get']) {
        const ask = (args: object) => subject.ask({ function: kind, arguments: args });
        assert.deepEqual(await ask({}), refused(9010, 'No such agent ID'));
        assert.deepEqual(await ask({ id: 1 }), refused(9010, 'No such agent ID'));
        for (const id of ['1', '001', '002', '003', '000', '', '1e0', ' 0001']) {
          assert.deepEqual(await ask({ id }), refused(9011, 'Agent ID not found'));
        }
      }
      const got = await subject.ask({ function: 'get', arguments: { id: '0001' } });
      assert.deepEqual(got.data, { id: '0001', name: 'a1', ip: 'any', key: keyOf('a') });
      assert.equal((await subject.remove('0001')).error, 0);
      assert.deepEqual(idsOf(subject.keys.removed), [1, 2]);
    });

    it('keeps the id of a removed agent whatever purge says, and name and key only without it', async () => {
      await using subject = await make();
      for (const purge of [true, false, 1, undefined]) {
        const { id, key } = await subject.added({ name: 'a1' });
        const answer = await subject.ask({ function: 'remove', arguments: { id, purge } });
        assert.equal(answer.data, 'Agent deleted successfully.');
        assert.deepEqual(await subject.add({ name: 'a2', id }), refused(9012, 'Duplicate ID'));
        assert.deepEqual(await subject.add({ name: 'a2', id, force: FORCE }), refused(9012, 'Duplicate ID'));
        const kept = subject.keys.removed.find((agent) => agent.id === Number(id));
        assert.deepEqual(
          [kept?.name === 'a1', kept?.key === key],
          purge === true ? [false, false] : [true, true],
        );
      }
      assert.deepEqual(idsOf(subject.keys.removed), [4, 3, 2, 1]);
    });

    it('the store follows: rows with key, address, groups and time; what is removed is removed there', async () => {
      await using subject = await make();
      subject.makeGroups('web');
      const beforeS = nowS();
      const { key } = await subject.added({ name: 'a1', ip: '10.0.0.5', groups: 'web' });
      const { dateAddS, ...row } = subject.rows.agents.get(1) ?? { dateAddS: 0 };
      assert.deepEqual(row, { id: 1, name: 'a1', ip: '10.0.0.5', key, groups: ['web'] });
      assert.ok(dateAddS >= beforeS && dateAddS <= nowS());
      await subject.remove('001');
      assert.equal(subject.rows.agents.size, 0);
    });

    it('an agent is registered though the store cannot follow: its answer says so, and the log', async () => {
      await using subject = await make();
      const whole = await subject.add({ name: 'a1' });
      assert.deepEqual(Object.keys(whole), ['error', 'data'], 'nothing but what authd answers');
      subject.rows.failure = new MusterError(3216, 'away');
      const { error, data, warning } = await subject.add({ name: 'a2' });
      assert.deepEqual([error, warning], [0, { code: 3216, detail: 'away' }]);
      assert.equal((data as { id: string }).id, '002');
      const removed = await subject.remove('001');
      assert.deepEqual([removed.error, removed.warning], [0, { code: 3216, detail: 'away' }]);
      assert.deepEqual(idsOf(subject.keys.agents), [2]);
      const line = 'warning: The agent store does not follow the registry: 3216';
      assert.deepEqual(subject.logged, [line, line]);
    });

    it('an error of the disk is told as it is to each who asks, and once in the log, until it is over', async () => {
      await using subject = await make();
      const { obstacle } = subject.home;
      mkdirSync(obstacle, { recursive: true });
      for (const name of ['a1', 'a2']) {
        const { error, message, cause } = await subject.add({ name });
        assert.equal(error, 9001, 'for the programs of the original');
        assert.match(message ?? '', /^Internal error: Error 3119 - /);
        assert.equal(cause?.code, 3119);
        assert.match(cause?.detail ?? '', /etc\/client\.keys: a new one could not be written beside it: /);
      }
      rmSync(obstacle, { recursive: true });
      assert.equal((await subject.added({ name: 'a1' })).id, '001');
      await subject.added({ name: 'a2' });
      assert.deepEqual(subject.logged, [
        'error: Agents cannot be registered or removed: 3119',
        'info: Agents can be registered and removed again.',
      ]);
    });

    it('notes when each agent was registered, and keeps what was noted before', async () => {
      await using subject = await make();
      await subject.added({ name: 'a1' });
      await subject.added({ name: 'a2', ip: '10.0.0.5' });
      const [first = '', second = ''] = subject.times.split('\n');
      assert.match(first, /^001 a1 any \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      assert.match(second, /^002 a2 10\.0\.0\.5 /);
      const time = new Date(first.slice(-19).replace(' ', 'T')).getTime();
      assert.ok(Math.abs(Date.now() - time) < 60_000, 'in the zone of the machine');
      await subject.remove('002');
      assert.equal(subject.times, `${first}\n`);
    });

    it('is not kept waiting by one that is given up: what nobody waits for any more is not done', async () => {
      await using subject = await make();
      await assert.rejects(subject.registration.request('{}', AbortSignal.abort()), { code: 3120 });
    });

    it('takes nothing any more when it is closed', async () => {
      await using subject = await make();
      await subject.registration.close();
      await assert.rejects(subject.say('{}'), { code: 3125 });
    });

    describe('force', { concurrency: true }, () => {
      /** Registers a1 as 001, lets the store say this of it, and asks for another a1. */
      const again = async (subject: Subject, facts: AgentFacts | null, args: object = {}) => {
        await subject.added({ name: 'a1', ip: '10.0.0.1' });
        if (facts !== null) subject.rows.known.set(1, facts);
        return subject.add({ name: 'a1', ...args });
      };
      const duplicate = refused(9008, 'Duplicate name');

      it('needs all its members', async () => {
        await using subject = await make();
        const { enabled: _, ...some } = FORCE;
        const broken = [
          {},
          null,
          'yes',
          some,
          { ...FORCE, key_mismatch: 1 },
          { ...FORCE, disconnected_time: '1h' },
          { ...FORCE, disconnected_time: { enabled: true } },
          { ...FORCE, after_registration_time: '1y' },
          { ...FORCE, after_registration_time: -1 },
        ];
        for (const force of broken) {
          assert.deepEqual(await subject.add({ name: 'a1', force }), refused(9002, 'Parsing JSON input'));
        }
        await subject.added({ name: 'a1', force: { ...FORCE, after_registration_time: '2d' } });
      });

      it('replaces an agent that is gone for long: it is removed, and the new one has the next id', async () => {
        await using subject = await make();
        const { data } = await again(subject, longGone());
        assert.equal((data as { id: string }).id, '002');
        assert.deepEqual(idsOf(subject.keys.removed), [1]);
        assert.deepEqual([...subject.rows.agents.keys()], [2]);
        assert.match(subject.times, /^002 a1 any [^\n]+\n$/);
      });

      it('replaces nobody where it is not enabled, and does not even ask the store', async () => {
        await using subject = await make();
        const answer = await again(subject, longGone(), { force: { ...FORCE, enabled: false } });
        assert.deepEqual(answer, duplicate);
        assert.equal(subject.rows.asked, 0);
      });

      it('replaces nobody whose row cannot be read', async () => {
        await using subject = await make();
        assert.deepEqual(await again(subject, null, { force: FORCE }), duplicate);
        subject.rows.failure = new MusterError(2005);
        assert.deepEqual(await subject.add({ name: 'a1', force: FORCE }), duplicate);
        assert.deepEqual(subject.logged, [
          'warning: An agent stays, since the store does not tell of it: 2005',
        ]);
      });

      it('replaces one that has been disconnected for so long, or never connected at all', async () => {
        const force = { ...FORCE, disconnected_time: { enabled: true, value: '1h' } };
        const status = (connectionStatus: string, agoS: number | null) => ({
          ...longGone(),
          connectionStatus,
          disconnectionTimeS: agoS === null ? 0 : nowS() - agoS,
        });
        const cases: [facts: AgentFacts, isReplaced: boolean][] = [
          [status('active', null), false],
          [status('pending', null), false],
          [status('active', DAY_S), false],
          [status('disconnected', null), false],
          [status('disconnected', 3_000), false],
          [status('disconnected', 3_601), true],
          [status('never_connected', null), true],
        ];
        for (const [facts, isReplaced] of cases) {
          await using subject = await make();
          const { error } = await again(subject, facts, { force });
          assert.equal(error, isReplaced ? 0 : 9008, JSON.stringify(facts));
        }
      });

      it('replaces one that has been registered for so long', async () => {
        for (const [agoS, value, isReplaced] of [
          [3_000, '1h', false],
          [3_601, '1h', true],
          [0, 0, true],
          [3_601, 3_600, true],
        ] as const) {
          await using subject = await make();
          const facts = { ...longGone(), dateAddS: nowS() - agoS };
          const force = { ...FORCE, after_registration_time: value };
          assert.equal((await again(subject, facts, { force })).error, isReplaced ? 0 : 9008);
        }
      });

      it('does not replace one that tells the hash of its key: SHA-1 over id, name and key', async () => {
        await using subject = await make();
        const { key } = await subject.added({ name: 'a1' });
        subject.rows.known.set(1, longGone());
        const told = createHash('sha1').update(`001a1${key}`).digest('hex');
        assert.deepEqual(await subject.add({ name: 'a1', key_hash: told, force: FORCE }), duplicate);
        const unchecked = { ...FORCE, key_mismatch: false };
        await subject.added({ name: 'a1', key_hash: told, force: unchecked });
        subject.rows.known.set(2, longGone());
        await subject.added({ name: 'a1', key_hash: told, force: FORCE });
      });

      it('holds by the usual rules where it is not said: an hour disconnected, an hour registered', async () => {
        await using subject = await make();
        const young = { ...longGone(), dateAddS: nowS() - 60 };
        assert.deepEqual(await again(subject, young), duplicate);
        subject.rows.known.set(1, longGone());
        await subject.added({ name: 'a1' });
      });

      it('a wanted id of an agent that makes room stays with the new one', async () => {
        await using subject = await make();
        await subject.added({ name: 'a1' });
        subject.rows.known.set(1, longGone());
        const agent = await subject.added({ name: 'b1', id: '001', force: FORCE });
        assert.equal(agent.id, '001');
        assert.deepEqual(
          subject.keys.agents.map(({ id, name }) => [id, name]),
          [[1, 'b1']],
        );
        assert.deepEqual(subject.keys.removed, []);
        assert.equal(subject.rows.agents.get(1)?.name, 'b1');
      });

      it('several in the way make room together or not at all', async () => {
        await using subject = await make();
        await subject.added({ name: 'a1', ip: '10.0.0.1' });
        await subject.added({ name: 'a2', ip: '10.0.0.2' });
        subject.rows.known.set(1, longGone());
        const wanted = { name: 'a2', ip: '10.0.0.1', force: FORCE };
        assert.deepEqual(await subject.add(wanted), duplicate);
        assert.deepEqual(idsOf(subject.keys.agents), [1, 2]);
        subject.rows.known.set(2, longGone());
        assert.equal((await subject.added(wanted)).id, '003');
        assert.deepEqual(idsOf(subject.keys.agents), [3]);
      });
    });
  });
}
