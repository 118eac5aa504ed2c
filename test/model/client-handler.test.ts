import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialTransition, transition } from 'xstate';
import { clientHandlerMachine, type Welcome } from '../../machines/connection/client-handler.ts';
import { clientHandler } from '../../src/node/effects/client-handler.ts';
import { done, failed, type Model, type ModelEvent, modelTest } from '../harness/model.ts';
import type { Trace } from '../harness/replay.ts';
import { refusedRequests } from '../harness/wire/requests.ts';
import { wireTest } from '../harness/wire/wire.ts';
import { workerSide } from './handler-inputs.ts';
import { count, failure, heard, lastEvent, live, thrown } from './trace.ts';

type Heard = Pick<Trace, 'events'>;

const CHILDREN = ['transfers', 'keepaliveSender', 'integrity', 'agentInfo', 'groups'];
const MONITORED = { established: 'monitored' } as const;
const UNMONITORED = { established: 'unmonitored' } as const;
/** A master that sends keepalives, and one that does not. */
const welcomed = (sendsKeepalives: boolean) =>
  done('greet', { name: 'master', version: '1', protocol: 1, sendsKeepalives });
const TASK = 'integrity-7-1';

const REQUESTS = ['rx.dapi', 'rx.dapi_res', 'rx.dapi_err', 'rx.sendsyn_res', 'rx.sendsyn_err'] as const;

const events: readonly ModelEvent<typeof clientHandlerMachine>[] = [
  { type: 'rx.bye', counter: 13, error: failure(3122) },
  { type: 'rx.echo', counter: 1, data: 'hello' },
  { type: 'rx.echo-m', counter: 2, data: 'alive' },
  { type: 'rx.syn_i_m_w', counter: 3, digest: 'd'.repeat(128) },
  { type: 'rx.syn_m_c_ok', counter: 4, task: TASK },
  { type: 'rx.syn_m_c', counter: 5, task: TASK },
  { type: 'rx.syn_m_c_e', counter: 6, task: TASK, file: 'manifest', error: null, awaitsOutcome: true },
  { type: 'rx.cancel_task', counter: 7, task: 'transfer-1', error: failure(3120) },
  { type: 'rx.new_file', counter: 8 },
  { type: 'rx.file_end', counter: 9 },
  { type: 'rx.new_str', counter: 10 },
  { type: 'rx.err_str', counter: 11 },
  { type: 'rx.get_files', counter: 12 },
  ...REQUESTS.map((type, index) => ({ type, counter: 70 + index })),
  { type: 'rx.cancel_task', counter: 76, task: 'local_client12', error: failure(3120) },
  { type: 'rx.syn_m_a_e', counter: 14, updatedChunks: 1, errors: [], wanted: [] },
  { type: 'rx.syn_m_a_err', counter: 15, error: failure(3037) },
  { type: 'rx.syn_g_m_w', counter: 16, handles: [5] },
  { type: 'rx.syn_g_m_w_c', counter: 17, handles: [6] },
  { type: 'link.closed', failure: failure(3103) },
  { type: 'link.closed', failure: null },
  { type: 'transfer.received', name: 'package', file: '/spool/1', sizeBytes: 5 },
  { type: 'transfer.progress' },
  { type: 'transfer.failed', failure: failure(3111) },
  { type: 'files.changed' },
  { type: 'groups.changed' },
  { type: 'shutdown' },
  welcomed(true),
  welcomed(false),
  failed('greet', thrown(3030)),
  done('keepaliveSender', { outcome: 'lost', failure: failure(3020) }),
  done('keepaliveMonitor', { outcome: 'silent' }),
  ...[...CHILDREN, 'keepaliveMonitor'].map((child) => failed(child, thrown(1000))),
];

const model: Model<typeof clientHandlerMachine> = {
  input: workerSide,
  events,
  // Neither of them ever ends by itself.
  // One that is held stands for several: the order of two is tried by hand below.
  excludes: ({ value, context: { held } }, { type }) =>
    /^xstate\.done\.actor\.(transfers|integrity|agentInfo|groups|link)$/.test(type) ||
    (value === 'greeting' && held.length > 0 && type.startsWith('rx.') && type !== 'rx.bye'),
  key: ({ master, failure, goodbye, held }) => [
    master?.sendsKeepalives,
    failure?.code,
    goodbye?.code,
    held[0]?.type,
  ],
  // What a request of the real wire holds besides is not the model's.
  view: ({ held, ...context }) => ({ ...context, held: held.map(({ type }) => type) }),
  sentBy: { rx: 'link', link: 'link', transfer: 'transfers' },
  leadsTo: { shutdown: ['closing'], 'link.closed': ['closed'] },
  deadlinesMs: { closing: 500 },
  invariants: {
    'a hello that waits for its answer is told of, and nothing else': (trace) => {
      const isSlow = lastEvent(trace)?.type.startsWith('xstate.after.slow') === true;
      assert.equal(count(trace.last, 'logSlow'), isSlow ? 1 : 0);
    },
    'every request is answered here, or handed to the process that answers it, once the master has accepted this node':
      (trace) => {
        const due = isWelcomed(trace) ? requestsOf(trace) : requestsOf(trace).filter(isGoodbye);
        const answers = trace.all.actions.filter(({ type }) =>
          ['echo', 'acknowledge', 'answerQuery', 'handToRequests'].includes(type),
        );
        const handedOn = trace.all.told.filter(({ event }) => event.type.startsWith('rx.'));
        for (const { params } of answers) assert.equal(params.connectionId, 7);
        assert.deepEqual(
          [...answers.map(({ params }) => params), ...handedOn.map(({ event }) => event)]
            .map(({ counter }) => counter)
            .sort(),
          due.map(({ counter }) => counter).sort(),
        );
      },
    'what the master asks before that is kept until then, and no longer': (trace) => {
      const { value, context } = trace.snapshot;
      const asked = requestsOf(trace).filter((event) => !isGoodbye(event));
      if (value === 'greeting') assert.deepEqual(context.held.map(nameOf), asked.map(nameOf));
      else if (isWelcomed(trace)) assert.deepEqual(context.held, []);
    },
    'nothing of the master is taken before it has accepted this node': (trace) => {
      if (heard(trace, 'xstate.done.actor.greet') > 0) return;
      assert.ok(trace.all.started.every(({ id }) => id === 'link' || id === 'greet'));
    },
    'all its processes live while the connection is established, and only then': (trace) => {
      const { snapshot } = trace;
      if (snapshot.matches(MONITORED))
        assert.deepEqual(live(trace), [...CHILDREN, 'keepaliveMonitor', 'link'].sort());
      else if (snapshot.matches(UNMONITORED)) assert.deepEqual(live(trace), [...CHILDREN, 'link'].sort());
      else if (snapshot.status === 'done') assert.deepEqual(live(trace), []);
      else assert.deepEqual(live(trace), snapshot.value === 'greeting' ? ['greet', 'link'] : ['link']);
    },
    'a keepalive of the master counts as one where it sends them, and no other request does': (trace) => {
      const noted = trace.all.told.filter(({ child }) => child === 'keepaliveMonitor').length;
      const counts = trace.snapshot.context.master?.sendsKeepalives === true;
      assert.equal(noted, counts ? heard(trace, 'rx.echo-m') : 0);
    },
    'a push, and a change of the own files, begin a round': (trace) => {
      const triggers = trace.all.told.filter(({ event }) => event.type === 'trigger').length;
      const pushes = isWelcomed(trace) ? heard(trace, 'rx.syn_i_m_w') : 0;
      assert.equal(triggers, pushes + heardSinceWelcome(trace, 'files.changed'));
    },
    'what goes wrong closes the connection, once, with the reason that came first': (trace) => {
      const closings = count(trace.all, 'closeLink');
      assert.ok(closings <= 1);
      if (closings === 1) assert.notEqual(trace.snapshot.context.failure, null);
    },
    'it becomes the connection of the master when that has accepted it, and not before': (trace) => {
      const isAccepted = heard(trace, 'xstate.done.actor.greet') > 0;
      for (const action of ['becomeMastersConnection', 'logConnected'])
        assert.equal(count(trace.all, action), isAccepted ? 1 : 0);
    },
    'its end is noted and logged once, and says whether the master had accepted it': (trace) => {
      const isOver = trace.snapshot.status === 'done';
      for (const action of ['noteMasterLost', 'logDisconnected'])
        assert.equal(count(trace.all, action), isOver ? 1 : 0);
      if (isOver) {
        assert.equal(trace.snapshot.output?.wasEstablished, heard(trace, 'xstate.done.actor.greet') > 0);
      }
    },
  },
};

test('what the master asks before it has accepted this node is taken in its order then', () => {
  const echoes = [1, 2, 3].map((counter) => ({ type: 'rx.echo' as const, counter, data: `echo ${counter}` }));
  const [greeting] = initialTransition(clientHandlerMachine, workerSide);
  const held = echoes.reduce(
    (snapshot, echo) => transition(clientHandlerMachine, snapshot, echo)[0],
    greeting,
  );
  const [, actions] = transition(clientHandlerMachine, held, welcomed(true) as never);
  const taken = actions.flatMap(({ type, params }) =>
    type === 'echo' ? [(params as { counter: number }).counter] : [],
  );
  assert.deepEqual(taken, [1, 2, 3]);
});

modelTest(clientHandlerMachine, model);
wireTest(clientHandlerMachine, model, {
  // Whether keepalives come, a master does not say: what it speaks does.
  traits: (path) => ({ sendsKeepalives: !path.some(isWithoutKeepalives) }),
  provide: (services, transfers) => clientHandler(services, transfers, refusedRequests(services)),
  answeredBy: ['echo', 'acknowledge', 'answerQuery', 'handToRequests'],
  actors: ['link', 'greet'],
  asks: {
    greet: {
      command: 'hello',
      reply: (output) => {
        const { name, version, protocol } = output as Welcome;
        return { name, version, protocol, features: [] };
      },
    },
  },
  ownsConnection: true,
});

const isWithoutKeepalives = ({ type, output }: { type: string; output?: unknown }) =>
  type === 'xstate.done.actor.greet' && !(output as Welcome).sendsKeepalives;

const isRequest = ({ type }: { type: string }) => type.startsWith('rx.');
const isGoodbye = ({ type }: { type: string }) => type === 'rx.bye';
const nameOf = (event: object) =>
  'counter' in event && 'type' in event ? [event.type, event.counter] : event;
const isWelcomed = (trace: Heard) => heard(trace, 'xstate.done.actor.greet') > 0;
const requestsOf = ({ events }: Heard) => events.filter(isRequest) as { type: string; counter: number }[];

/** Files that change before the master has accepted this node are looked at by the first round. */
function heardSinceWelcome({ events }: Heard, type: string): number {
  const from = events.findIndex((event) => event.type === 'xstate.done.actor.greet');
  return from < 0 ? 0 : events.slice(from).filter((event) => event.type === type).length;
}
