import { z } from 'zod';
import { count, shortText } from '../protocol/commands/shapes.ts';
import { MAX_PAGE_ITEMS, MAX_TEXT_CHARS } from '../protocol/limits.ts';
import { MAX_LIST_FIELDS, MAX_QUERY_CHARS } from './limits.ts';

const fields = z.array(shortText).min(1).max(MAX_LIST_FIELDS);
const limit = z.int().min(1).max(MAX_PAGE_ITEMS);

/** What every list may be asked, as the original's API has it. All of it may be left out. */
export const listArgs = {
  /** Items to pass over; 0 unless given. */
  offset: count.optional(),
  /** Items of one page; 500 unless given. */
  limit: limit.optional(),
  /** Fields, each with `-` in front for descending, `+` or nothing for ascending, commas between: `-status,name`. */
  sort: z.string().min(1).max(MAX_TEXT_CHARS).optional(),
  /** Items with this text in any field, in whatever case; with `-` in front those without. */
  search: z.string().min(1).max(MAX_TEXT_CHARS).optional(),
  /** Fields that are answered. */
  select: fields.optional(),
  /** `field=value;other!=value,(third~part)`: `;` is and, `,` is or; `=`, `!=`, `<`, `>`, and `~` for a part. */
  q: z.string().min(1).max(MAX_QUERY_CHARS).optional(),
  /** Items that are equal in what is selected count once. */
  distinct: z.boolean().optional(),
};

const listArgsObject = z.strictObject(listArgs);

/** Which items, in which order, and what of them. */
export type ListArgs = z.infer<typeof listArgsObject>;
