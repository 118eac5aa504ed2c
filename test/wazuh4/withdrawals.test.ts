import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transferTask } from '../../machines/transfer/task-name.ts';
import type { Channel } from '../../src/node/channel.ts';
import { Wazuh4Peer } from '../../src/node/wazuh4/peer-dialect.ts';
import { sendString } from '../../src/node/wazuh4/send-string.ts';
import type { ArgsOf, CommandName } from '../../src/protocol/commands.ts';
import { noCipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import type { Message } from '../../src/protocol/message.ts';
import { content, outputOf, Stage } from '../transfer/stage.ts';
import { waitFor } from '../transfer/wait-for.ts';

const GIVEN_UP = { code: 3120, detail: null };
const [COMMAND_AT, COMMAND_END, HEADER_BYTES] = [8, 19, 20];

/** A node that speaks to one of 4.x, and what it has said. */
class Speaker extends Wazuh4Peer {
  readonly said: { command: string; text: string }[] = [];

  constructor(role: 'master' | 'worker') {
    const options = {
      role,
      nodeName: 'worker1',
      compatibleVersion: '4.7.5',
      maxFileBytes: 2 ** 30,
      maxSentFileBytes: 2 ** 30,
    };
    super(options, noCipher);
  }

  override encodeRequest<C extends CommandName>(counter: number, command: C, args: ArgsOf<C>): Uint8Array[] {
    const frames = super.encodeRequest(counter, command, args);
    const [frame] = frames as Buffer[];
    this.said.push({
      command: (frame?.toString('latin1', COMMAND_AT, COMMAND_END) ?? '').replace(/[ -]*$/, ''),
      text: frame?.toString('latin1', HEADER_BYTES) ?? '',
    });
    return frames;
  }

  /** The peer answers the last request with this. */
  answered<C extends CommandName>(counter: number, command: C, text: string) {
    return this.decodeReply(command, message('ok', text, counter));
  }

  get commands(): string[] {
    return this.said.map(({ command }) => command);
  }
}

const message = (command: string, text: string, counter = 1): Message => ({
  counter,
  command,
  encoding: 0,
  payload: Buffer.from(text),
});

/** A worker and its master, which knows its name. */
function pair(): [worker: Speaker, master: Speaker] {
  const [worker, master] = [new Speaker('worker'), new Speaker('master')];
  master.decodeRequest(message('hello', 'worker1 wazuh worker 4.7.5'));
  master.encodeReply(1, 'hello', { name: 'master', version: '4.7.5', protocol: 1, features: [] });
  return [worker, master];
}

test('a string that is given up is withdrawn from a peer of 4.x by err_str, and nobody is told that this failed', async (t) => {
  const stage = new Stage(t);
  const dialects = pair();
  const { from, to } = stage.connect({ dialects });
  const posted = await stage.sender.transfers.outbox.post(content(10_000_000));
  to.end.faults.isFrozen = true;
  const sending = stage.sendString(from, posted);
  const heldBytes = () => stage.receiver.transfers.strings.heldBytes(to.id);
  await waitFor('the reservation', () => heldBytes() > 0);
  sending.send({ type: 'cancel' });
  to.end.thaw();
  assert.equal((await outputOf(sending)).outcome, 'cancelled');
  await waitFor('the string to be freed', () => heldBytes() === 0);
  assert.deepEqual(dialects[0].said.at(-1), { command: 'err_str', text: '10000000' });
  assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
});

test('a string of which something has come cannot be taken back, and another of its size is left alone', async (t) => {
  const stage = new Stage(t);
  const dialects = pair();
  const { from } = stage.connect({ dialects });
  const posted = await stage.sender.transfers.outbox.post(content(10_000_000));
  const sending = stage.sendString(from, posted);
  await waitFor('some progress', () => sending.getSnapshot().context.bytesSent > 0);
  sending.send({ type: 'cancel' });
  assert.equal((await outputOf(sending)).outcome, 'cancelled');
  assert.deepEqual(dialects[0].commands, ['new_str']);
  assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
});

test('a file that is given up is ended by a digest that fits nothing, and nobody is told that this failed', async (t) => {
  const stage = new Stage(t);
  const dialects = pair();
  const { from } = stage.connect({ dialects });
  const sending = stage.sendFile(from, await stage.file('wanted', content(10_000_000)));
  await waitFor('some progress', () => sending.getSnapshot().context.bytesSent > 0);
  sending.send({ type: 'cancel' });
  assert.equal((await outputOf(sending)).outcome, 'cancelled');
  assert.deepEqual(dialects[0].said.at(-1), {
    command: 'file_end',
    text: `/queue/cluster/worker1/wanted ${'\0'.repeat(32)}`,
  });
  await stage.quiet();
  assert.deepEqual([...stage.sender.troubles, ...stage.receiver.troubles], []);
});

test('a file is never taken for a string whose id the peer chose, and each is withdrawn once', () => {
  const [worker] = pair();
  worker.encodeRequest(1, 'new_file', { name: 'a.zip', size: 1, digest: '' });
  const { handle: file } = worker.answered(1, 'new_file', 'Ready to receive new file');
  const withdraw = (handle: number) =>
    worker.encodeRequest(9, 'cancel_task', { task: transferTask(handle), error: GIVEN_UP });
  for (const id of [0, 1, 2, 0xffff_ffff]) {
    worker.encodeRequest(2, 'new_str', { size: 7, digest: '' });
    worker.answered(2, 'new_str', String(id));
    withdraw(id);
    assert.deepEqual(worker.said.at(-1), { command: 'err_str', text: '7' }, String(id));
    assert.throws(() => withdraw(id), { code: 3112 });
  }
  withdraw(file);
  assert.equal(worker.said.at(-1)?.command, 'file_end');
  assert.throws(() => withdraw(file), { code: 3112 });
  assert.deepEqual(worker.commands.filter((command) => command === 'file_end').length, 1);
});

test('a request is understood by what was said when it was asked; when it is over, that is forgotten', () => {
  const [, master] = pair();
  master.encodeRequest(1, 'new_str', { size: 7, digest: '' });
  master.encodeRequest(2, 'new_str', { size: 8, digest: '' });
  assert.deepEqual(master.answered(2, 'new_str', '41'), { handle: 41 });
  assert.deepEqual(master.answered(1, 'new_str', '42'), { handle: 42 });
  master.endRequest(1);
  assert.throws(() => master.answered(1, 'new_str', '43'), { code: 3018 });
});

/** A channel of which only this is known: what fails there, and what was said. */
function channelThat(fails: string, error: MusterError) {
  const said: [command: string, args: unknown][] = [];
  const say = async (command: string, args: unknown) => {
    said.push([command, args]);
    if (command === fails) throw error;
    return command === 'new_str' ? { handle: 7 } : {};
  };
  const channel = { request: say, sendBulk: (command: string) => say(command, null) };
  return { said, channel: channel as unknown as Channel };
}

test('a string for which no machine cares is withdrawn when it is not used, and the failure told', async () => {
  const late = new MusterError(3020);
  const announced = ['new_str', { size: 4, digest: '' }];
  const withdrawn = ['cancel_task', { task: transferTask(7), error: late.toWire() }];
  for (const [fails, expected] of [
    ['str_upd', [announced, ['str_upd', null], withdrawn]],
    ['dapi_res', [announced, ['str_upd', null], ['dapi_res', { handle: 7 }], withdrawn]],
    ['new_str', [announced, ['err_str', { size: 4 }]]],
  ] as const) {
    const { said, channel } = channelThat(fails, late);
    const use = (handle: number) => channel.request('dapi_res', { handle } as never);
    await assert.rejects(sendString(channel, 'text', {}, use), late);
    assert.deepEqual(said, expected);
  }
  const { said, channel } = channelThat('new_str', new MusterError(3113));
  await assert.rejects(
    sendString(channel, 'text', {}, async () => assert.fail('it was used')),
    { code: 3113 },
  );
  assert.deepEqual(said, [announced], 'the peer holds nothing');
});
