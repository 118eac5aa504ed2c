import { createHash } from 'node:crypto';
import type { ArgsOf, CommandName } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { HEADER_BYTES, MAX_HELLO_BYTES, MAX_PAYLOAD_BYTES } from '../protocol/limits.ts';
import type { Talk } from './talk.ts';

/** Says what a step of a path is called for; it may take a while, if it says so by a promise. */
type Saying = (talk: Talk) => unknown;

/** A string and a file of two halves. */
export const CONTENT = Buffer.from('sent to see whether it arrives, and how: the second half');
export const HALF = 31;
const digestOf = (content: Uint8Array) => createHash('blake2b512').update(content).digest('hex');
export const CONTENT_DIGEST = digestOf(CONTENT);
const NOTHING = Buffer.alloc(0);
/** A handle that nobody has given out, but by a chance of one in four milliards. */
const NO_HANDLE = 0xfffffff0;
const NO_TASK = 'conform-none';
const FAILURE = new MusterError(3120, 'a test of conformance').toWire();
const KEEPALIVE = { data: 'keepalive' };
/** Longer than one frame may be. */
const LONG = { data: 'x'.repeat(MAX_PAYLOAD_BYTES + 1000) };

const ask =
  <C extends CommandName>(command: C, args: (talk: Talk) => ArgsOf<C>): Saying =>
  (talk) =>
    talk.peer.ask(command, args(talk));
/** A message that the encoders of the dialect would not write. */
const raw =
  (command: string, payload: (talk: Talk) => Uint8Array, packed = true): Saying =>
  (talk) =>
    talk.peer.askRaw((counter) => talk.part.tongue.frame(counter, command, payload(talk), packed));
const isMuster = (talk: Talk) => talk.part.tongue.name === 'muster';
const piece = (from: number, to: number) => ({
  offset: from,
  data: Buffer.from(CONTENT.subarray(from, to)),
});
const strUpd = (offset: number, data: Uint8Array<ArrayBuffer>) =>
  ask('str_upd', ({ facts }) => ({ handle: facts.handle, offset, data }));

/** How each `say.*` is said. */
export const sayings: Readonly<Record<string, Saying>> = {
  'say.hello': ask('hello', (talk) => talk.hello()),
  'say.hello.again': ask('hello', (talk) => talk.hello()),
  'say.hello.otherCluster': ask('hello', (talk) =>
    talk.hello({ cluster: `not-${talk.part.target.cluster}` }),
  ),
  'say.hello.badName': ask('hello', (talk) => talk.hello({ name: `${talk.part.name}~` })),
  'say.hello.nameOfMaster': ask('hello', (talk) => talk.hello({ name: talk.master.name })),
  'say.hello.twin': ask('hello', (talk) => talk.hello({ node: 'f'.repeat(32) })),
  'say.echo': ask('echo', () => KEEPALIVE),
  'say.echo.divided': ask('echo', () => LONG),
  'say.echo.malformed': raw('echo', () => Buffer.from([0x81, 0xa4, ...Buffer.from('data'), 7])),
  'say.echo.noValue': raw('echo', () => Buffer.from([0xc1])),
  'say.echo-c': ask('echo-c', () => KEEPALIVE),
  'say.get_nodes': ask('get_nodes', () => ({})),
  'say.get_health': ask('get_health', () => ({ nodes: null })),
  'say.no_such': raw('no_such', () => NOTHING),
  'say.syn_m_c_ok': raw('syn_m_c_ok', (talk) =>
    isMuster(talk) ? Buffer.from([0x81, 0xa4, ...Buffer.from('task'), 0xa1, 0x78]) : NOTHING,
  ),
  'say.ok.stray': raw('ok', (talk) => (isMuster(talk) ? Buffer.from([0x80]) : NOTHING)),
  'say.new_str': ask('new_str', () => ({ size: CONTENT.length, digest: CONTENT_DIGEST })),
  'say.new_str.empty': ask('new_str', () => ({ size: 0, digest: digestOf(NOTHING) })),
  'say.new_str.malformed': raw('new_str', (talk) => Buffer.from(isMuster(talk) ? [0x80] : 'many')),
  'say.str_upd.unknown': ask('str_upd', () => ({ handle: NO_HANDLE, ...piece(0, HALF) })),
  'say.str_upd.first': strUpd(0, Buffer.from(CONTENT.subarray(0, HALF))),
  'say.str_upd.gap': strUpd(1, Buffer.from(CONTENT.subarray(1, HALF))),
  'say.str_upd.rest': strUpd(HALF, Buffer.from(CONTENT.subarray(HALF))),
  'say.str_upd.damaged': strUpd(HALF, Buffer.alloc(CONTENT.length - HALF)),
  'say.str_upd.tooMuch': strUpd(HALF, Buffer.concat([CONTENT.subarray(HALF), Buffer.from('and more')])),
  'say.err_str': ask('err_str', () => ({ size: CONTENT.length })),
  'say.cancel_task.transfer': ask('cancel_task', ({ facts }) => ({
    task: `transfer-${facts.handle}`,
    error: FAILURE,
  })),
  'say.syn_i_w_m_p': ask('syn_i_w_m_p', () => ({ digest: null })),
  'say.syn_i_w_m_p.inStep': ask('syn_i_w_m_p', ({ master }) => ({ digest: master.digest })),
  'say.syn_i_w_m': ask('syn_i_w_m', () => ({})),
  'say.syn_i_w_m_e.unknown': ask('syn_i_w_m_e', () => ({ task: NO_TASK, file: 'conform.meta' })),
  'say.syn_i_w_m_r': ask('syn_i_w_m_r', () => ({ task: null, error: FAILURE })),
  'say.syn_i_w_m_r.unknown': ask('syn_i_w_m_r', () => ({ task: NO_TASK, error: FAILURE })),
  'say.cancel_task.unknown': ask('cancel_task', () => ({ task: NO_TASK, error: FAILURE })),
  'say.cancel_task': ask('cancel_task', ({ facts }) => ({ task: facts.task, error: FAILURE })),
  'say.hello.otherVersion': (talk) =>
    isMuster(talk)
      ? talk.peer.ask('hello', talk.hello({ protocol: { min: 200, max: 200 } }))
      : rawHello(talk, [talk.part.name, talk.part.target.cluster, 'worker', '0.0.1'].join(' ')),
  'say.hello.malformed': (talk) =>
    isMuster(talk)
      ? talk.peer.askRaw((counter) => talk.part.tongue.frame(counter, 'hello', Buffer.from([0x80])))
      : rawHello(talk, `${talk.part.name} ${talk.part.target.cluster}`),
  'say.hello.tooLong': (talk) =>
    talk.peer.askRaw((counter) =>
      talk.part.tongue.frame(counter, 'hello', Buffer.alloc(MAX_HELLO_BYTES + 1)),
    ),
  'say.echo.inPieces': async (talk) => {
    const whole = Buffer.concat(talk.peer.expect('echo', KEEPALIVE));
    for (let at = 0; at < whole.length; at += PIECE_BYTES) {
      talk.peer.write([whole.subarray(at, at + PIECE_BYTES)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  'say.echo.twice': (talk) => {
    talk.peer.ask('echo', { data: 'one' });
    talk.peer.ask('echo', { data: 'other' });
  },
  'say.unreadable': (talk) => talk.peer.askRaw((counter) => talk.part.tongue.unreadable(counter, 'echo')),
  // Only the header goes out: nobody has to read that much to see that it is too much.
  'say.tooLong': (talk) =>
    talk.peer.askRaw((counter) => {
      const [frame] = talk.part.tongue.frame(counter, 'echo', NOTHING);
      if (frame === undefined) throw new Error('a frame without bytes');
      const header = Buffer.from(frame.subarray(0, HEADER_BYTES));
      header.writeUInt32BE(MAX_PAYLOAD_BYTES + 1, 4);
      return [header];
    }),
  'say.ok.syn_m_c': takeAnnouncement,
  'say.ok.syn_m_c.toCancel': takeAnnouncement,
  'say.ok.syn_m_c_e': (talk) => answer(talk, (counter) => talk.peer.reply(counter, 'syn_m_c_e', {})),
  'say.err.syn_m_c': (talk) =>
    answer(talk, (counter) => talk.peer.refuse(counter, MusterError.fromWire(FAILURE))),
  'say.err.syn_m_c_e': (talk) =>
    answer(talk, (counter) => talk.peer.refuse(counter, MusterError.fromWire(FAILURE))),
};

const rawHello = (talk: Talk, text: string) =>
  talk.peer.askRaw((counter) => talk.part.tongue.frame(counter, 'hello', Buffer.from(text)));

function takeAnnouncement(talk: Talk): void {
  answer(talk, (counter) => talk.peer.reply(counter, 'syn_m_c', { task: 'conform' }));
}

function answer(talk: Talk, send: (counter: number) => void): void {
  const { request } = talk.facts;
  if (request === null) throw new Error('there is no request to answer');
  talk.facts.request = null;
  send(request.counter);
}

/** Bytes at a time that end nowhere behind a header: an original loses the stream there. */
const PIECE_BYTES = 7;
