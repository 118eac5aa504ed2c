import { z } from 'zod';
import { fileSize, path, shortText } from '../../protocol/commands/shapes.ts';
import { content, fileKind, fileName, listedName } from '../file-shapes.ts';
import { listArgs } from '../list-args.ts';
import { itemsOf, method } from '../method.ts';

const file = { kind: fileKind, filename: fileName };
const written = z.strictObject({ kind: fileKind, filename: fileName, path });
const example = { kind: 'rules' as const, filename: 'local_rules.xml' };
const exampleWritten = { ...example, path: 'etc/rules/local_rules.xml' };

/** The custom ruleset: files of the master, which its workers take over with their integrity rounds. */
export const fileMethods = {
  'files.list': method({
    type: 'local_master',
    summary: 'The files of the custom rules, decoders or lists.',
    args: z.strictObject({
      ...listArgs,
      kind: fileKind,
      filename: z.array(fileName).min(1).max(1000).optional(),
    }),
    result: itemsOf(
      z
        .strictObject({
          /** Below the directory of its kind. */
          filename: listedName,
          /** The directory in which it lies, below the home. */
          relative_dirname: listedName,
          size: fileSize,
          modified: shortText,
        })
        .partial(),
    ),
    example: {
      args: { kind: 'rules', sort: 'filename' },
      result: {
        items: [
          {
            filename: 'local_rules.xml',
            relative_dirname: 'etc/rules',
            size: 120,
            modified: '2026-11-26T08:00:00.000Z',
          },
        ],
        totalItems: 1,
        failed: [],
        message: '1 file',
      },
    },
  }),
  'files.get': method({
    type: 'local_master',
    summary: 'One file of the custom rules, decoders or lists, as it is.',
    args: z.strictObject(file),
    result: z.strictObject({ ...file, content }),
    example: { args: example, result: { ...example, content: '<group name="local,"/>\n' } },
  }),
  'files.put': method({
    type: 'local_master',
    writes: true,
    summary:
      'Writes a file of the custom rules, decoders or lists; workers have it after their next integrity round. Rules and decoders have to be XML as the original reads it (several roots, a lone `<` or `&` are allowed), lists lines of `key:value`.',
    args: z.strictObject({
      ...file,
      content,
      /** Without it, a file that is there is an error (1905). */
      overwrite: z.boolean().optional(),
    }),
    result: written,
    example: {
      args: { ...example, content: '<group name="local,"/>\n', overwrite: true },
      result: exampleWritten,
    },
  }),
  'files.delete': method({
    type: 'local_master',
    writes: true,
    summary:
      'Deletes a file of the custom rules, decoders or lists; workers follow with their next integrity round.',
    args: z.strictObject(file),
    result: written,
    example: { args: example, result: exampleWritten },
  }),
};
