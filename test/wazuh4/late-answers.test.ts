import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../harness/wait-for.ts';
import { LocalProgram } from './local-program.ts';
import { WorkerScene } from './worker-scene.ts';

const TAKEN = { command: 'ok', text: 'Added request to sendsync requests queue' };
const MESSAGE = '{"daemon_name": "task-manager", "message": {"command": "x"}}';
/** Numbers beyond 2^53, a key twice, an escape, blanks: whoever writes it anew changes it. */
const ODD = '{"error": 0,  "n": 9007199254740993, "n": 1.0, "x": "\\u00e4"}';
const scene = () =>
  WorkerScene.start((master) => {
    master.answers.sendsync = () => ({});
  });

test('sendasync is acknowledged before the master has an answer, which then comes as it was', async () => {
  await using place = await scene();
  const master = await place.welcomed();
  await using program = await LocalProgram.of(place.worker);
  assert.deepEqual(await program.ask('sendasync', MESSAGE), TAKEN);
  const [id] = (await master.hears('sendsync', 1, place.explain)).split(' ');
  assert.deepEqual(program.heard, []);
  await master.askPlain('sendsyn_res', `${id} ${await master.sendString(ODD)}`);
  assert.equal(await program.hears('ok'), ODD);
  await using blocking = await LocalProgram.of(place.worker);
  blocking.write(5, 'sendsync', MESSAGE);
  const [second] = (await master.hears('sendsync', 2, place.explain)).split(' ');
  await master.askPlain('sendsyn_res', `${second} ${await master.sendString(ODD)}`);
  assert.equal(await blocking.hears('ok'), ODD);
});

test('a message that fails behind its acknowledgement is told of once, and the program is served on', async () => {
  await using place = await scene();
  const master = await place.welcomed();
  await using program = await LocalProgram.of(place.worker);
  assert.deepEqual(await program.ask('sendasync', MESSAGE), TAKEN);
  const [id] = (await master.hears('sendsync', 1, place.explain)).split(' ');
  await master.askPlain('sendsyn_err', `${id} Error 1013 - Unable to connect with socket: task`);
  assert.match(await program.hears('err'), /^Error 1013 - Unable to connect with socket/);
  assert.deepEqual(await program.ask('echo-c', 'here'), { command: 'ok-m', text: 'here' });
  assert.equal(program.heard.length, 1);
});

test('what a service says that is no text is an error: it would come as something else', async () => {
  await using place = await scene();
  const master = await place.welcomed();
  await using program = await LocalProgram.of(place.worker);
  await program.ask('sendasync', MESSAGE);
  const [id] = (await master.hears('sendsync', 1, place.explain)).split(' ');
  const { text: string } = await master.askPlain('new_str', '2');
  await master.askPlain('str_upd', Buffer.concat([Buffer.from(`${string} `), Buffer.of(0x22, 0xff)]));
  await master.askPlain('sendsyn_res', `${id} ${string}`);
  assert.match(await program.hears('err'), /3213/);
});

test('without a master a message is refused at once, and not acknowledged', async () => {
  await using place = await scene();
  const master = await place.welcomed();
  await using program = await LocalProgram.of(place.worker);
  place.server.close();
  master.close();
  await waitFor('the worker to know', () => place.worker.services.status.master === null);
  const { command, text } = await program.ask('sendasync', MESSAGE);
  assert.equal(command, 'err');
  assert.equal(JSON.parse(text).__wazuh_exception__.__object__.code, 3023);
});
