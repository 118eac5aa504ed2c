import { readFileSync } from 'node:fs';
import { wazuh4Cluster } from '../../../src/protocol/dialects/wazuh4/dialect.ts';
import { Fernet } from '../../../src/transport/fernet.ts';

/** One frame as two nodes of version 4.7.5 exchanged it. */
export interface RecordedFrame {
  readonly dir: 'W->M' | 'M->W';
  readonly kind: 'REQ' | 'RSP';
  /** Hexadecimal. */
  readonly hdr: string;
  readonly token: string;
  readonly counter: number;
  readonly cmd: string;
  /** The payload opened, as text; the other where it is none. */
  readonly plain?: string;
  readonly plain_hex?: string;
}

interface Recording {
  readonly key: string;
  readonly scenarios: Readonly<Record<string, readonly RecordedFrame[]>>;
}

export const recording: Recording = JSON.parse(
  readFileSync(new URL('golden-4.7.5.json', import.meta.url), 'utf8'),
);
export const recorded = Object.entries(recording.scenarios);

export const bytesOf = (frame: RecordedFrame) =>
  Buffer.concat([Buffer.from(frame.hdr, 'hex'), Buffer.from(frame.token, 'latin1')]);

export const plainOf = ({ plain, plain_hex: hex }: RecordedFrame) =>
  hex === undefined ? Buffer.from(plain ?? '') : Buffer.from(hex, 'hex');

/** A cipher that makes tokens with the time and the vector of a recorded one. */
export function cipherOf(frame: RecordedFrame, key = recording.key): Fernet {
  const raw = Buffer.from(frame.token, 'base64url');
  return new Fernet(key, {
    now: () => Number(raw.readBigUInt64BE(1)) * 1000,
    vector: () => raw.subarray(9, 25),
  });
}

/** The side that a request was for. */
export const receiverOf = (frame: RecordedFrame, isReply: boolean) => {
  const receivesMaster = (frame.dir === 'W->M') !== isReply;
  return wazuh4Cluster(receivesMaster ? 'master' : 'worker', cipherOf(frame));
};
