import type { Socket } from 'node:net';
import { MusterError } from '../protocol/errors.ts';
import { butLooksLike } from '../protocol/likely.ts';
import { MAX_CLIENT_HELLO_BYTES } from './limits.ts';

/** Record: type, version, length; message: type, length of 24 bits. */
const HEAD_BYTES = 9;
const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_RECORD = 0x16;
const CLIENT_HELLO = 1;

/**
 * Looks at the first bytes of a socket that nobody reads from yet, and puts them back. `onHello` is called if they begin
 * a TLS ClientHello of bearable size, otherwise `onFault`, with 3100 or 3113; neither if the socket closes before.
 *
 * OpenSSL takes memory for as much as a ClientHello says of itself, up to 128 KiB, from anybody.
 */
export function awaitClientHello(
  socket: Socket,
  onHello: () => void,
  onFault: (error: MusterError) => void,
): void {
  const look = () => {
    const head: Buffer | null = socket.read(HEAD_BYTES);
    if (head === null) return;
    socket.removeListener('readable', look);
    const fault = faultOf(head);
    if (fault !== null) return onFault(fault);
    socket.unshift(head);
    onHello();
  };
  socket.on('readable', look);
}

function faultOf(head: Buffer): MusterError | null {
  if (head[0] !== HANDSHAKE_RECORD) {
    return new MusterError(3100, `what it sent is no TLS${butLooksLike(head)}`);
  }
  const isHello = head.length === HEAD_BYTES && head[RECORD_HEADER_BYTES] === CLIENT_HELLO;
  // A record that does not even hold the head of its message comes from nobody who means well.
  if (!isHello || head.readUInt16BE(3) < HEAD_BYTES - RECORD_HEADER_BYTES) {
    return new MusterError(3100, 'what it sent is no beginning of a TLS handshake');
  }
  const helloBytes = head.readUIntBE(RECORD_HEADER_BYTES + 1, 3);
  if (helloBytes <= MAX_CLIENT_HELLO_BYTES) return null;
  return new MusterError(
    3113,
    `a TLS ClientHello of ${helloBytes} bytes, at most ${MAX_CLIENT_HELLO_BYTES} are allowed`,
  );
}
