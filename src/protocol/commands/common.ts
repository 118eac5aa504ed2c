import { z } from 'zod';
import {
  MAX_BULK_DATA_BYTES,
  MAX_CLAIMED_NAME_CHARS,
  MAX_ECHO_CHARS,
  MAX_FEATURE_CHARS,
  MAX_FEATURES,
  MAX_INTEGER,
  MAX_PROTOCOL_VERSION,
  MAX_SOFTWARE_VERSION_CHARS,
} from '../limits.ts';
import { exampleBytes, exampleDigest } from './examples.ts';
import {
  clusterName,
  fileSize,
  handle,
  hex32,
  hex128,
  nodeName,
  nothing,
  path,
  stringSize,
  taskId,
  wireError,
} from './shapes.ts';
import { bothNodes, command, everyone } from './spec.ts';

/** A local client is sent long answers, and sends its own requests as they are. */
const takesStrings = [...bothNodes, 'local-client'] as const;
const bulkData = z
  .instanceof(Uint8Array)
  .refine((data) => data.length <= MAX_BULK_DATA_BYTES, 'too many bytes')
  .meta({ id: 'Data', description: 'raw bytes; see Bulk data' });
const bulkArgs = z.strictObject({ handle, offset: fileSize, data: bulkData });
const echoArgs = z.strictObject({ data: z.string().max(MAX_ECHO_CHARS) });
const version = z
  .string()
  .min(1)
  .max(MAX_SOFTWARE_VERSION_CHARS)
  .meta({ id: 'SoftwareVersion', description: 'for people; protocol versions decide what fits' });
const protocolVersion = z.int().min(1).max(MAX_PROTOCOL_VERSION);
const features = z.array(z.string().min(1).max(MAX_FEATURE_CHARS)).max(MAX_FEATURES);

const echoExample = { args: { data: 'keepalive' }, reply: { data: 'keepalive' } };

/** Specification: Protocols, Common messages. */
export const commonCommands = {
  hello: command({
    receivers: ['master'],
    section: 'common',
    summary: 'The first message of a connection: a worker introduces itself.',
    args: z.strictObject({
      name: z.string().max(MAX_CLAIMED_NAME_CHARS),
      cluster: clusterName,
      type: z.literal('worker'),
      version,
      protocol: z.strictObject({ min: protocolVersion, max: protocolVersion }),
      features,
      node: hex32,
      session: z.int().min(0).max(MAX_INTEGER),
    }),
    reply: z.strictObject({
      name: nodeName,
      version,
      protocol: protocolVersion,
      features,
      agent_store: hex32.optional().meta({
        description:
          "which set of rows the master's agent store holds: another one after they were lost or restored",
      }),
    }),
    example: {
      args: {
        name: 'worker1',
        cluster: 'wazuh',
        type: 'worker',
        version: '0.1.0',
        protocol: { min: 1, max: 1 },
        features: [],
        node: '000102030405060708090a0b0c0d0e0f',
        session: 1,
      },
      reply: { name: 'master', version: '0.1.0', protocol: 1, features: [] },
    },
  }),
  bye: command({
    receivers: ['worker'],
    section: 'muster',
    own: true,
    summary: 'The master ends the connection, and says why; nothing of it comes behind.',
    args: z.strictObject({ error: wireError }),
    reply: nothing,
    example: { args: { error: { code: 3122, detail: 'a newer connection took its place' } }, reply: {} },
  }),
  echo: command({
    receivers: everyone,
    section: 'common',
    summary: 'Asks for the same text back.',
    args: echoArgs,
    reply: echoArgs,
    example: echoExample,
  }),
  'echo-c': command({
    receivers: ['master', 'local-master', 'local-worker'],
    section: 'common',
    summary: 'Keepalive of a client to its server.',
    args: echoArgs,
    reply: echoArgs,
    example: echoExample,
  }),
  'echo-m': command({
    receivers: ['worker', 'local-client'],
    section: 'common',
    summary: 'Keepalive of a server to its client.',
    args: echoArgs,
    reply: echoArgs,
    example: echoExample,
  }),
  new_str: command({
    receivers: takesStrings,
    section: 'common',
    summary: 'Announces a long string; the receiver makes room and gives out a handle.',
    args: z.strictObject({ size: stringSize, digest: hex128 }),
    reply: z.strictObject({ handle }),
    example: { args: { size: 3, digest: exampleDigest }, reply: { handle: 7 } },
  }),
  str_upd: command({
    receivers: takesStrings,
    section: 'common',
    summary: 'Bytes of a long string. Its last byte completes it.',
    bulk: true,
    args: bulkArgs,
    reply: nothing,
    example: { args: { handle: 7, offset: 0, data: exampleBytes }, reply: {} },
  }),
  err_str: command({
    receivers: takesStrings,
    section: 'common',
    summary:
      'The sender of a long string gives up: the receiver frees the first incomplete one of this size.',
    args: z.strictObject({ size: stringSize }),
    reply: z.strictObject({ handle: handle.nullable() }),
    example: { args: { size: 3 }, reply: { handle: 7 } },
  }),
  new_file: command({
    receivers: bothNodes,
    section: 'common',
    summary:
      'Announces a file; the receiver tells where to begin, which is not 0 when it has a part of it already.',
    args: z.strictObject({ name: path, size: fileSize, digest: hex128 }),
    reply: z.strictObject({ handle, offset: fileSize }),
    example: {
      args: { name: 'etc/rules/local_rules.xml', size: 3, digest: exampleDigest },
      reply: { handle: 7, offset: 0 },
    },
  }),
  file_upd: command({
    receivers: bothNodes,
    section: 'common',
    summary: 'Bytes of a file, in order.',
    bulk: true,
    args: bulkArgs,
    reply: nothing,
    example: { args: { handle: 7, offset: 0, data: exampleBytes }, reply: {} },
  }),
  file_end: command({
    receivers: bothNodes,
    section: 'common',
    summary: 'All bytes of a file were sent; the receiver verifies the digest of the whole.',
    args: z.strictObject({ handle, digest: hex128 }),
    reply: nothing,
    example: { args: { handle: 7, digest: exampleDigest }, reply: {} },
  }),
  cancel_task: command({
    receivers: everyone,
    section: 'common',
    summary:
      'Whoever waits for a file of this task waits no more: the sender stops sending. Of a request of the distributed API: nobody waits for its answer.',
    args: z.strictObject({ task: taskId.nullable(), error: wireError }),
    reply: nothing,
    example: { args: { task: 'i7', error: { code: 3039, detail: null } }, reply: {} },
  }),
};
