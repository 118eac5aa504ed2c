import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, createSecureContext } from 'node:tls';
import { MusterError } from '../protocol/errors.ts';

/** Of a TLS record: type, version, then the length of what follows in two bytes. */
const RECORD_HEADER_BYTES = 5;
const RECORD_LENGTH_AT = 3;
/** A length that is a multiple of this ends in a zero byte. */
const STEP_BYTES = 256;
/** What the extension with the names costs beside them: its type, its length, the length of the list. */
const NAMES_HEAD_BYTES = 6;
/** Longest name, with its own length in front; the shortest has one character. */
const MAX_NAME_BYTES = 256;
const MIN_NAME_BYTES = 2;
/** OpenSSL may fill a ClientHello up itself, depending on its length: it is measured again with what was added. */
const MAX_TRIES = 4;

/**
 * These options, with names of ALPN by which their ClientHello does no harm to a node of Wazuh 4.x. Such a node takes bytes
 * 4 to 7 of whatever connects for the length of a message, and at once as much memory, filled with zeros. A ClientHello has
 * the lower byte of its record's length there, then `01 00`: a zero in that byte costs the node 64 KiB, any other up to
 * 4 GiB. The names are nothing but padding: a server that has none itself takes no notice of them.
 *
 * Throws 3104 where none do it; then nothing was sent.
 */
export function withSafeHello(options: ConnectionOptions, lengthOf = recordLength): ConnectionOptions {
  // One for all that are made: it is what costs most of a ClientHello.
  const secured = { ...options, secureContext: options.secureContext ?? createSecureContext(options) };
  let padded: ConnectionOptions = secured;
  let paddingBytes = 0;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const overBytes = lengthOf(padded) % STEP_BYTES;
    if (overBytes === 0) return padded;
    paddingBytes = (paddingBytes + STEP_BYTES - overBytes) % STEP_BYTES;
    padded = { ...secured, ALPNProtocols: namesOf(paddingBytes) };
  }
  throw new MusterError(
    3104,
    'no ClientHello could be made that does a node of Wazuh 4.x no harm: nothing was sent',
  );
}

/** Length of the record in which a ClientHello of these options goes out: one is made that goes nowhere. */
function recordLength(options: ConnectionOptions): number {
  const pieces: Buffer[] = [];
  const nowhere = new Duplex({
    read: () => {},
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(piece);
      done();
    },
  });
  const socket = connect({ ...options, socket: nowhere });
  // Nobody answers.
  socket.on('error', () => {});
  socket.destroy();
  const hello = Buffer.concat(pieces);
  if (hello.length < RECORD_HEADER_BYTES) throw new MusterError(3104, 'no ClientHello could be made');
  return hello.readUInt16BE(RECORD_LENGTH_AT);
}

/** Names by which a ClientHello grows by so many bytes, or by one step more where no name is that short. */
function namesOf(paddingBytes: number): string[] {
  const wantedBytes = paddingBytes - NAMES_HEAD_BYTES;
  const bytes = wantedBytes < MIN_NAME_BYTES ? wantedBytes + STEP_BYTES : wantedBytes;
  const sizes = bytes > MAX_NAME_BYTES ? [MIN_NAME_BYTES, bytes - MIN_NAME_BYTES] : [bytes];
  return sizes.map((sizeBytes) => '-'.repeat(sizeBytes - 1));
}
