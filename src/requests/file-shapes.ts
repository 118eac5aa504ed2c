import { z } from 'zod';
import { MAX_PATH_CHARS } from '../protocol/limits.ts';
import { MAX_CONTENT_BYTES } from './limits.ts';

/** What of the ruleset is meant: `etc/rules`, `etc/decoders` or `etc/lists`. */
export const fileKind = z.enum(['rules', 'decoders', 'lists']);
export type FileKind = z.infer<typeof fileKind>;

/** A file below the directory that is meant, `/` between its parts. What leads out of it is refused when it is used. */
export const fileName = z
  .string()
  .min(1)
  .max(MAX_PATH_CHARS)
  .regex(/^[^\p{Cc}]+$/u)
  .meta({ id: 'FileName', description: 'a file below the directory that is meant, `/` between its parts' });

/** A file that is there, by whatever name: those of other programs may hold a line feed, and are listed all the same. */
export const listedName = z.string().min(1).max(MAX_PATH_CHARS).meta({
  id: 'ListedName',
  description: 'the name of a file that is there; any character but NUL may be in it',
});

/** Text of a file. The limit is one of bytes in UTF-8; that of characters here keeps what is longer from being looked at. */
export const content = z
  .string()
  .max(MAX_CONTENT_BYTES)
  .meta({ id: 'Content', description: 'the text of a file, in UTF-8' });
