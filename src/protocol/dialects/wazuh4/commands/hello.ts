import { MusterError } from '../../../errors.ts';
import { MAX_HELLO_BYTES } from '../../../limits.ts';
import { type Codec, claimedName } from '../codec.ts';

/** How a worker introduces itself. */
export interface Wazuh4Hello {
  /** As it was sent: it may hold anything but spaces and control characters, and is up to 256 bytes long. */
  readonly name: string;
  readonly cluster: string;
  readonly type: string;
  /** Without a `v`: `4.7.5`. Has to be that of the master, byte for byte. */
  readonly version: string;
}

const FIELDS = ['name', 'cluster', 'type', 'version'] as const;
const codecs = FIELDS.map((name) => claimedName(name));

/** Beside their words, what it comes from. */
const TOO_MANY =
  'too many values to unpack (expected 4): the name of the node, its cluster or its version holds a space';

/** Four fields with a space between them. Of more or fewer the originals complain in Python's words. */
export const hello: Codec<Wazuh4Hello> = {
  form: FIELDS.join(' '),
  encode(value) {
    const parts = codecs.map((codec, i) => codec.encode(value[FIELDS[i] as keyof Wazuh4Hello]));
    return [Buffer.from(parts.map((part) => Buffer.concat(part).toString()).join(' '))];
  },
  decode(payload) {
    if (payload.length > MAX_HELLO_BYTES) throw new MusterError(3113, `a hello of ${payload.length} bytes`);
    const parts = Buffer.from(payload).toString('latin1').split(' ');
    if (parts.length < FIELDS.length)
      throw new MusterError(3108, `not enough values to unpack (expected 4, got ${parts.length})`);
    if (parts.length > FIELDS.length) throw new MusterError(3108, TOO_MANY);
    const [name = '', cluster = '', type = '', version = ''] = codecs.map((codec, i) =>
      codec.decode(Buffer.from(parts[i] ?? '', 'latin1')),
    );
    return { name, cluster, type, version };
  },
};

const ADDED = /^Client (.*) added$/s;

/** `Client worker1 added`. */
export const helloReply: Codec<{ readonly name: string }> = {
  form: '`Client` name `added`',
  encode: ({ name }) => [Buffer.from(`Client ${name} added`)],
  decode(payload) {
    const name = ADDED.exec(Buffer.from(payload).toString())?.[1];
    if (name === undefined) throw new MusterError(3108, 'the answer to hello names nobody');
    return { name };
  },
};
