import { z } from 'zod';
import { exampleDigest, otherDigest } from './examples.ts';
import { count, fileMap, hex128, nothing, path, taskId, wireError } from './shapes.ts';
import { bothNodes, command } from './spec.ts';

/** Specification: Protocols, Wazuh cluster protocol; the Integrity thread. */
export const integrityCommands = {
  syn_i_w_m_p: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'A worker asks for permission, and tells the root digest of its set (null: not known).',
    args: z.strictObject({ digest: hex128.nullable() }),
    reply: z.strictObject({ granted: z.boolean(), inStep: z.boolean(), digest: hex128.nullable() }),
    example: {
      args: { digest: exampleDigest },
      reply: { granted: true, inStep: false, digest: otherDigest },
    },
  }),
  syn_i_w_m: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'A worker starts an integrity process; the master names its task.',
    args: nothing,
    reply: z.strictObject({ task: taskId }),
    example: { args: {}, reply: { task: 'i7' } },
  }),
  syn_i_w_m_e: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'The worker has sent its metadata, as the file of this name.',
    args: z.strictObject({ task: taskId, file: path }),
    reply: nothing,
    example: { args: { task: 'i7', file: 'metadata.json' }, reply: {} },
  }),
  syn_i_w_m_r: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'The worker gives the process up; the permission is free again.',
    args: z.strictObject({ task: taskId.nullable(), error: wireError }),
    reply: nothing,
    example: { args: { task: 'i7', error: { code: 3119, detail: 'etc/lists: EACCES' } }, reply: {} },
  }),
  syn_m_c_ok: command({
    receivers: ['worker'],
    section: 'cluster',
    summary: 'The worker is in step: there is nothing to do. `task` is the master’s.',
    args: z.strictObject({ task: taskId }),
    reply: nothing,
    example: { args: { task: 'i7' }, reply: {} },
  }),
  syn_m_c: command({
    receivers: ['worker'],
    section: 'cluster',
    summary:
      'The master will send files: how many the worker lacks, has otherwise and has too many, and how many files and bytes come now. `task` is the master’s; the worker names its own.',
    args: z.strictObject({
      task: taskId,
      missing: count,
      shared: count,
      extra: count,
      files: count,
      bytes: count,
    }),
    reply: z.strictObject({ task: taskId }),
    example: {
      args: { task: 'i7', missing: 1, shared: 0, extra: 2, files: 1, bytes: 300 },
      reply: { task: 'i7-w' },
    },
  }),
  syn_m_c_e: command({
    receivers: ['worker'],
    section: 'cluster',
    summary:
      'The master has sent everything, and `file` is the name of the manifest; or it failed, and `error` tells why. `task` is the worker’s, null before it named one.',
    args: z.strictObject({ task: taskId.nullable(), file: path.nullable(), error: wireError.nullable() }),
    reply: nothing,
    example: { args: { task: 'i7-w', file: 'manifest.json', error: null }, reply: {} },
  }),
  syn_i_m_w: command({
    receivers: ['worker'],
    section: 'muster',
    own: true,
    summary:
      'The master’s set has changed: the worker is to start a round now. `digest` is the new root digest.',
    args: z.strictObject({ digest: hex128 }),
    reply: nothing,
    example: { args: { digest: exampleDigest }, reply: {} },
  }),
  get_files: command({
    receivers: bothNodes,
    section: 'muster',
    own: true,
    summary: 'The integrity set of a node, and its root digest.',
    args: nothing,
    reply: z.strictObject({ digest: hex128, files: fileMap }),
    example: {
      args: {},
      reply: {
        digest: exampleDigest,
        files: {
          'etc/rules/local_rules.xml': {
            mod_time: 1_700_000_000.5,
            cluster_item_key: 'etc/rules/',
            merged: false,
            hash: otherDigest,
            size: 300,
          },
        },
      },
    },
  }),
};
