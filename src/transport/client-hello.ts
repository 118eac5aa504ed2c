import type { Socket } from 'node:net';
import { beginsWithWazuh4Hello } from '../protocol/dialects/wazuh4/header.ts';
import { MusterError } from '../protocol/errors.ts';
import { butLooksLike } from '../protocol/likely.ts';
import { MAX_CLIENT_HELLO_BYTES } from './limits.ts';

/** Record: type, version, length; message: type, length of 24 bits. */
const HEAD_BYTES = 9;
/** What of the first frame shows that Wazuh 4.x is spoken. */
export const DIALECT_HEAD_BYTES = 14;
const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_RECORD = 0x16;
const CLIENT_HELLO = 1;

/** Takes the first bytes of a socket that nobody reads from yet; fewer, if no more come. Nothing if it closes before. */
export function awaitHead(socket: Socket, sizeBytes: number, onHead: (head: Buffer) => void): void {
  const look = () => {
    const head: Buffer | null = socket.read(sizeBytes);
    if (head === null) return;
    socket.removeListener('readable', look);
    onHead(head);
  };
  socket.on('readable', look);
}

/** What may come of the first bytes. */
export interface Beginnings {
  onHello(): void;
  /** 3100 or 3113. */
  onFault(error: MusterError): void;
  /** A node of Wazuh 4.x says hello; absent where none is served. */
  onWazuh4?: (() => void) | undefined;
}

/**
 * Looks at the first bytes of a socket that nobody reads from yet, and puts them back. `onHello` is called if they begin
 * a TLS ClientHello of bearable size; nothing if the socket closes before.
 *
 * OpenSSL takes memory for as much as a ClientHello says of itself, up to 128 KiB, from anybody.
 */
export function awaitClientHello(socket: Socket, { onHello, onFault, onWazuh4 }: Beginnings): void {
  awaitHead(socket, onWazuh4 === undefined ? HEAD_BYTES : DIALECT_HEAD_BYTES, (head) => {
    if (onWazuh4 !== undefined && beginsWithWazuh4Hello(head) === true) {
      socket.unshift(head);
      return onWazuh4();
    }
    const fault =
      head[0] === HANDSHAKE_RECORD ? faultOf(head) : neither(head, socket, onWazuh4 !== undefined);
    if (fault !== null) return onFault(fault);
    socket.unshift(head);
    onHello();
  });
}

/** What has come behind the head tells more of what it may be. */
const neither = (head: Buffer, socket: Socket, servesWazuh4: boolean): MusterError => {
  const rest: Buffer | null = socket.read();
  return new MusterError(
    3100,
    `what it sent is ${servesWazuh4 ? 'neither TLS nor a hello of Wazuh 4.x' : 'no TLS'}${butLooksLike(rest === null ? head : Buffer.concat([head, rest]))}`,
  );
};

function faultOf(head: Buffer): MusterError | null {
  const isHello = head.length >= HEAD_BYTES && head[RECORD_HEADER_BYTES] === CLIENT_HELLO;
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
