import type { MethodResult } from '../../requests/methods.ts';
import { type Endpoint, endpoint, type Tag } from './endpoint.ts';
import { commaList, fileParam, flag, listQuery, WORD } from './query.ts';

type Kind = 'rules' | 'decoders' | 'lists';
const TAGS: Readonly<Record<Kind, Tag>> = { rules: 'Rules', decoders: 'Decoders', lists: 'Lists' };

/** The custom ruleset: files of the master, which its workers take over with their integrity rounds. */
export const fileEndpoints: readonly Endpoint[] = (['rules', 'decoders', 'lists'] as const).flatMap(ofKind);

function ofKind(kind: Kind): Endpoint[] {
  const tag = TAGS[kind];
  const path = `/${kind}/files/{filename}`;
  const params = { filename: fileParam };
  const where = (filename: string) => ({ kind, filename });
  const changed = (message: string) =>
    ({
      kind: 'single',
      message,
    }) as const;
  return [
    endpoint({
      verb: 'GET',
      path: `/${kind}/files`,
      tag,
      summary: `The files of custom ${kind}.`,
      method: 'files.list',
      query: { ...listQuery, filename: commaList('Only these files.', WORD).optional() },
      ask: ({ query }) => ({ args: { ...query, kind } }),
      answer: { kind: 'items' },
    }),
    endpoint({
      verb: 'GET',
      path,
      tag,
      summary: `One file of custom ${kind}, as it is.`,
      method: 'files.get',
      params,
      query: { raw: flag('Answers the text of the file instead of JSON.').optional() },
      ask: ({ params: { filename } }) => ({ args: where(filename) }),
      answer: {
        kind: 'single',
        toText: ({ content }: MethodResult<'files.get'>) => content,
        message: 'The file was read',
      },
    }),
    endpoint({
      verb: 'PUT',
      path,
      tag,
      summary: `Writes a file of custom ${kind} on the master; the other nodes have it after their next integrity round.`,
      method: 'files.put',
      params,
      query: { overwrite: flag('Replaces a file that is there.').optional() },
      body: { text: 'application/octet-stream' },
      ask: ({ params: { filename }, query, body }) => ({
        args: { ...where(filename), ...query, content: body },
      }),
      answer: changed('The file was written'),
    }),
    endpoint({
      verb: 'DELETE',
      path,
      tag,
      summary: `Deletes a file of custom ${kind} on the master; the other nodes follow.`,
      method: 'files.delete',
      params,
      ask: ({ params: { filename } }) => ({ args: where(filename) }),
      answer: changed('The file was deleted'),
    }),
  ];
}
