import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyEventObject, AnyStateMachine } from 'xstate';
import { clientHandlerMachine } from '../../machines/connection/client-handler.ts';
import { localHandlerMachine } from '../../machines/connection/local-handler.ts';
import { serverHandlerMachine } from '../../machines/connection/server-handler.ts';
import {
  type CommandName,
  commandNames,
  commandSpec,
  type Receiver,
  receives,
} from '../../src/protocol/commands.ts';
import { done as ended } from '../harness/model.ts';
import { Replay } from '../harness/replay.ts';
import { localSide, masterSide, workerSide } from './handler-inputs.ts';

/** The bytes of files and strings go past the machines. */
const PAST_THE_MACHINE = new Set(['file_upd', 'str_upd']);
const COUNTER = 90;
/** Of a local client, these are events of their own; every other command is `rx.request`. */
const LOCAL = new Set(['echo', 'dapi', 'dapi_fwd', 'cancel_task']);

interface Handler {
  readonly machine: AnyStateMachine;
  readonly input: unknown;
  readonly receiver: Receiver;
  /** What has to happen before it is ready. */
  readonly begin: readonly AnyEventObject[];
}

const welcome = (sendsKeepalives: boolean) =>
  ended('greet', { name: 'master', version: '1', protocol: 1, sendsKeepalives });
const hello = { type: 'rx.hello', counter: 1, worker: { connectionId: 7, name: 'worker1' } };
const granted = { type: 'session.granted', protocol: 1, acknowledgedGroups: 3 };

const handlers: readonly Handler[] = [
  ...[true, false].map((sendsKeepalives) => ({
    machine: clientHandlerMachine,
    input: workerSide,
    receiver: 'worker' as const,
    begin: [welcome(sendsKeepalives)],
  })),
  { machine: serverHandlerMachine, input: masterSide, receiver: 'master', begin: [hello, granted] },
  ...[[], [{ type: 'rx.dapi', counter: 1 }]].map((begin) => ({
    machine: localHandlerMachine,
    input: localSide,
    receiver: 'local-master' as const,
    begin,
  })),
];

function requestOf(receiver: Receiver, command: CommandName): AnyEventObject {
  const args = commandSpec(command).example.args as object;
  const isOther = receiver.startsWith('local') && !LOCAL.has(command);
  if (isOther) return { type: 'rx.request', counter: COUNTER, command, args, isAcknowledged: false };
  return { error: null, task: 'none', ...args, type: `rx.${command}`, counter: COUNTER };
}

/** By the table of the protocol, and not by the graphs of the machines, which lack what the machines lack. */
describe('the handler of a connection', () => {
  for (const { machine, input, receiver, begin } of handlers) {
    const commands = commandNames.filter((name) => receives(receiver, name) && !PAST_THE_MACHINE.has(name));
    for (const command of commands) {
      it(`${machine.id} answers ${command}, or hands it on (${JSON.stringify(begin)})`, () => {
        const replay = new Replay(machine, { input });
        try {
          for (const event of begin) replay.play(event);
          const event = requestOf(receiver, command);
          replay.play(event);
          const { actions, told, started } = replay.last;
          const done = [
            ...actions.filter(({ params }) => params.counter === COUNTER),
            ...told.filter((to) => to.event.type === event.type && to.event.counter === COUNTER),
            ...started,
          ];
          assert.equal(done.length, 1);
        } finally {
          replay.stop();
        }
      });
    }
  }
});
