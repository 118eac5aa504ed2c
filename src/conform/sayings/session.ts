import { HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../protocol/limits.ts';
import { ask, EMPTY_MAP, isMuster, NOTHING, packed, raw, type Sayings } from './say.ts';

const KEEPALIVE = { data: 'keepalive' };
/** Longer than one frame may be. */
const LONG = { data: 'x'.repeat(MAX_PAYLOAD_BYTES + 1000) };
/** Bytes at a time that end nowhere behind a header: an original loses the stream there. */
const PIECE_BYTES = 7;
/** A byte with which no value begins. */
const NO_VALUE = Buffer.from([0xc1]);
const LENGTH_AT = 4;
const FLAG_AT = 19;
/** The flag of a frame behind which there is another one of the same message. */
const MORE = 'd';

export const sessionSayings: Sayings = {
  'say.echo': ask('echo', () => KEEPALIVE),
  'say.echo-c': ask('echo-c', () => KEEPALIVE),
  'say.echo.divided': ask('echo', () => LONG),
  'say.echo.malformed': raw('echo', () => packed('data', 7)),
  'say.echo.noValue': raw('echo', () => NO_VALUE),
  'say.echo.inPieces': async ({ peer }) => {
    const whole = Buffer.concat(peer.expect('echo', KEEPALIVE));
    for (let at = 0; at < whole.length; at += PIECE_BYTES) {
      peer.write([whole.subarray(at, at + PIECE_BYTES)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  'say.echo.begun': ({ peer, tongue }) =>
    peer.askRaw((counter) => {
      const frame = Buffer.concat(tongue.frame(counter, 'echo', NO_VALUE));
      frame.write(MORE, FLAG_AT);
      return [frame];
    }),
  'say.echo.twice': ({ peer }) => {
    peer.ask('echo', { data: 'one' });
    peer.ask('echo', { data: 'other' });
  },
  'say.get_nodes': ask('get_nodes', () => ({})),
  'say.get_health': ask('get_health', () => ({ nodes: null })),
  'say.no_such': raw('no_such', () => NOTHING),
  'say.syn_m_c_ok': raw('syn_m_c_ok', (talk) => (isMuster(talk) ? packed('task', 0xa1, 0x78) : NOTHING)),
  'say.ok.stray': raw('ok', (talk) => (isMuster(talk) ? EMPTY_MAP : NOTHING)),
  'say.unreadable': ({ peer, tongue }) => peer.askRaw((counter) => tongue.unreadable(counter, 'echo')),
  // Only the header goes out: nobody has to read that much to see that it is too much.
  'say.tooLong': ({ peer, tongue }) =>
    peer.askRaw((counter) => {
      const [frame = NOTHING] = tongue.frame(counter, 'echo', NOTHING);
      const header = Buffer.from(frame.subarray(0, HEADER_BYTES));
      header.writeUInt32BE(MAX_PAYLOAD_BYTES + 1, LENGTH_AT);
      return [header];
    }),
};
