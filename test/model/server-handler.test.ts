import assert from 'node:assert/strict';
import type { GroupsBroadcastInput } from '../../machines/agent-groups/broadcast-types.ts';
import { serverHandlerMachine, type Worker } from '../../machines/connection/server-handler.ts';
import type { IntegrityServerInput } from '../../machines/integrity/integrity-server.ts';
import { serverHandler } from '../../src/node/effects/server-handler.ts';
import { done, failed, type Model, modelTest } from '../harness/model.ts';
import { argsOf, requestOf, wireTest } from '../harness/wire/wire.ts';
import { masterSide } from './handler-inputs.ts';
import { handlerParts } from './handler-parts.ts';
import { count, failure, heard, lastEvent, live, paramsOf, thrown } from './trace.ts';

const CHILDREN = ['transfers', 'integrity', 'agentInfo', 'groups', 'keepaliveMonitor'];
const TASK = 'integrity-7-50';
const published = '1'.repeat(128);
const newer = '2'.repeat(128);
const worker: Worker = {
  connectionId: 7,
  name: 'worker1',
  cluster: 'muster',
  protocol: { min: 1, max: 1 },
  node: 'a'.repeat(32),
  session: 1,
  wantsOurs: false,
  release: null,
  provenName: null,
  version: '1',
  answersKeepalives: true,
};
/** One that is asked for nothing but its own keepalives. */
const quiet: Worker = { ...worker, answersKeepalives: false };
const QUERIES = ['rx.get_nodes', 'rx.get_health', 'rx.get_files', 'rx.dapi_clus'] as const;
const REQUESTS = ['rx.dapi', 'rx.dapi_res', 'rx.dapi_err', 'rx.sendsync', 'rx.sendsyn_err'] as const;
const TRANSFERS = ['rx.new_file', 'rx.file_end', 'rx.new_str', 'rx.err_str'] as const;

const model: Model<typeof serverHandlerMachine> = {
  input: masterSide,
  events: [
    { type: 'rx.hello', counter: 1, worker },
    { type: 'rx.hello', counter: 1, worker: quiet },
    { type: 'rx.echo', counter: 2, data: 'hello' },
    { type: 'rx.echo-c', counter: 3, data: 'alive' },
    { type: 'rx.syn_i_w_m_p', counter: 4, digest: published },
    { type: 'rx.syn_i_w_m_p', counter: 5, digest: newer },
    { type: 'rx.syn_i_w_m_p', counter: 6, digest: null },
    { type: 'rx.syn_i_w_m', counter: 7 },
    ...[TASK, 'another'].flatMap((task, index) => [
      { type: 'rx.syn_i_w_m_e' as const, counter: 10 + index, task, file: 'metadata' },
      { type: 'rx.syn_i_w_m_r' as const, counter: 12 + index, task, error: failure(3119) },
      { type: 'rx.cancel_task' as const, counter: 14 + index, task, error: failure(3120) },
    ]),
    { type: 'rx.syn_i_w_m_r', counter: 16, task: null, error: failure(3119) },
    ...QUERIES.map((type, index) => ({ type, counter: 20 + index })),
    ...TRANSFERS.map((type, index) => ({ type, counter: 30 + index })),
    ...REQUESTS.map((type, index) => ({ type, counter: 70 + index })),
    { type: 'rx.cancel_task', counter: 76, task: 'request12', error: failure(3120) },
    { type: 'link.closed', failure: failure(3103) },
    { type: 'link.closed', failure: null },
    { type: 'session.granted', protocol: 1, acknowledgedGroups: 3 },
    { type: 'session.refused', failure: failure(3028) },
    { type: 'session.evicted' },
    { type: 'cancel.unclaimed', counter: 50, task: 'another', error: failure(3120) },
    { type: 'integrity.published', digest: published },
    { type: 'integrity.published', digest: newer },
    { type: 'rx.syn_a_w_m_p', counter: 60 },
    { type: 'rx.syn_a_w_m', counter: 61, handle: 5 },
    { type: 'rx.syn_w_g_c', counter: 62 },
    {
      type: 'rx.syn_w_g_e',
      counter: 63,
      task: 't',
      updatedChunks: 1,
      errors: [],
      matches: true,
      differing: null,
    },
    {
      type: 'rx.syn_wgc_e',
      counter: 64,
      task: 't',
      updatedChunks: 1,
      errors: [],
      matches: true,
      differing: null,
    },
    { type: 'rx.syn_w_g_err', counter: 65, task: 't', error: failure(3036) },
    { type: 'rx.syn_wgc_err', counter: 66, task: 't', error: failure(3036) },
    { type: 'groups.published', version: 4 },
    { type: 'groups.sent', connectionId: 7, version: 4, wasTaken: true },
    { type: 'shutdown' },
    done('keepaliveSender', { outcome: 'lost', failure: failure(3020) }),
    done('keepaliveMonitor', { outcome: 'silent' }),
    ...[...CHILDREN, 'keepaliveSender'].map((child) => failed(child, thrown(1000))),
  ],
  // These never end by themselves.
  excludes: (_, { type }) => /^xstate\.done\.actor\.(transfers|integrity|agentInfo|groups|link)$/.test(type),
  key: ({ worker, failure, publishedDigest, groupsVersion }) => [
    worker?.name,
    worker?.answersKeepalives,
    failure?.code,
    publishedDigest,
    groupsVersion,
  ],
  sentBy: {
    rx: 'link',
    link: 'link',
    cancel: 'integrity',
    'groups.sent': 'groups',
  },
  leadsTo: {
    shutdown: ['closing', 'unadmitted.refusing'],
    'session.evicted': ['closing', 'unadmitted.refusing'],
    'link.closed': ['closed', 'refused'],
  },
  deadlinesMs: {
    'unadmitted.awaitingHello': 5_000,
    'unadmitted.admitting': 5_000,
    'unadmitted.refusing': 5_000,
    closing: 500,
  },
  invariants: {
    'every request is answered here, or handed to the process that answers it': (trace) => {
      const event = lastEvent(trace);
      if (event === null || !event.type.startsWith('rx.') || event.type === 'rx.hello') return;
      const answers = trace.last.actions.filter(({ type }) =>
        ['echo', 'answerQuery', 'refuseSecondHello', 'handToRequests'].includes(type),
      );
      for (const { params } of answers)
        assert.deepEqual([params.counter, params.connectionId], [event.counter, 7]);
      const handedOn = trace.last.told.filter((told) => told.event.type === event.type).length;
      assert.equal(answers.length + handedOn, 1);
    },
    'hello has one answer, with its counter': (trace) => {
      const answers = [...paramsOf(trace.all, 'welcome'), ...paramsOf(trace.all, 'refuseHello')];
      const decided = heard(trace, 'session.granted') + heard(trace, 'session.refused');
      assert.deepEqual(
        answers.map(({ counter }) => counter),
        decided > 0 ? [1] : [],
      );
      assert.equal(
        count(trace.all, 'claimSession'),
        Math.min(1, heard(trace, 'rx.hello')),
        'a second one is refused',
      );
    },
    'a peer that has not been admitted gets nothing and starts nothing': (trace) => {
      if (heard(trace, 'session.granted') > 0) return;
      assert.deepEqual(
        trace.all.started.map(({ id }) => id),
        ['link'],
      );
    },
    'all its processes live while the connection is established, and only then': (trace) => {
      const { snapshot } = trace;
      const running = live(trace);
      const asking = snapshot.context.worker?.answersKeepalives === true ? ['keepaliveSender'] : [];
      if (snapshot.matches('established')) assert.deepEqual(running, [...CHILDREN, ...asking, 'link'].sort());
      else assert.deepEqual(running, snapshot.status === 'done' ? [] : ['link']);
    },
    'integrity begins with the set that was published last, and hears of every later one': (trace) => {
      const digests = trace.events.flatMap(({ type, digest }) =>
        type === 'integrity.published' ? [digest] : [],
      );
      const started = trace.last.started.find(({ id }) => id === 'integrity');
      if (started !== undefined)
        assert.equal((started.input as IntegrityServerInput).publishedDigest, digests.at(-1) ?? null);
      const isNews = lastEvent(trace)?.type === 'integrity.published';
      const told = trace.last.told.filter(({ event }) => event.type === 'integrity.published').length;
      assert.equal(told, isNews && trace.snapshot.matches('established') ? 1 : 0);
    },
    'what integrity does not know as its own is cancelled among the transfers': (trace) => {
      const event = lastEvent(trace);
      if (event?.type !== 'cancel.unclaimed' || !trace.snapshot.matches('established')) return;
      assert.deepEqual(trace.last.told, [
        { child: 'transfers', event: { ...event, type: 'rx.cancel_task' } },
      ]);
    },
    'agent-groups are sent from the version that the worker has, to the one that was published last': (
      trace,
    ) => {
      const started = trace.last.started.find(({ id }) => id === 'groups');
      if (started === undefined) return;
      const published = trace.events.findLast(({ type }) => type === 'groups.published')?.version ?? 0;
      const { acknowledged, published: first } = started.input as GroupsBroadcastInput;
      assert.deepEqual([acknowledged, first], [3, published]);
    },
    'what became of agent-groups reaches the collector, and what is published every established worker': (
      trace,
    ) => {
      assert.deepEqual(
        paramsOf(trace.all, 'reportGroups'),
        trace.events.filter(({ type }) => type === 'groups.sent'),
      );
      const told = trace.last.told.filter(({ event }) => event.type === 'groups.published').length;
      const isNews = lastEvent(trace)?.type === 'groups.published';
      assert.equal(told, isNews && trace.snapshot.matches('established') ? 1 : 0);
    },
    'whoever is established is counted among those that get agent-groups, once': (trace) => {
      assert.equal(count(trace.all, 'joinGroups'), heard(trace, 'session.granted'));
    },
    'what goes wrong closes the connection once, with its reason, and its end is logged once': (trace) => {
      const closings = paramsOf(trace.all, 'closeLink');
      assert.ok(closings.length <= 1);
      if (closings.length === 1) assert.notEqual(closings[0]?.failure, null);
      const isOver = trace.snapshot.status === 'done' || trace.snapshot.matches({ unadmitted: 'refusing' });
      assert.equal(count(trace.all, 'logDisconnected', 'logRefused'), isOver ? 1 : 0);
    },
  },
};

modelTest(serverHandlerMachine, model);
wireTest(serverHandlerMachine, model, {
  // Whether it answers keepalives, a worker does not say: what it speaks does. A second hello changes nothing.
  traits: (path) => ({ answersKeepalives: path.find(isHello)?.worker !== quiet }),
  provide: (services, transfers) => serverHandler(services, transfers, handlerParts(services)),
  answeredBy: ['echo', 'answerQuery', 'refuseSecondHello', 'handToRequests', 'welcome', 'refuseHello'],
  actors: ['link'],
  request: (event) =>
    event.type === 'rx.hello' ? { command: 'hello', args: argsOf('hello', event.worker) } : requestOf(event),
  ownsConnection: true,
});

const isHello = ({ type }: { type: string }) => type === 'rx.hello';
