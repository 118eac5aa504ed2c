import { z } from 'zod';
import { errorTable, MusterError, type WireError } from '../../protocol/errors.ts';
import type { ItemsResult } from '../../requests/method.ts';
import { statusOf, titleOf } from './status.ts';

/** `error` of an answer about items: all well, all failed, or some. */
const ALL_WELL = 0;
const ALL_FAILED = 1;
const SOME_FAILED = 2;

const itemError = z.object({
  code: z.int(),
  message: z.string(),
  remediation: z.string(),
});
const failedItem = z.object({ error: itemError, id: z.array(z.string()) });

/** The answer of every endpoint that is about items. */
export const itemsEnvelope = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.object({
      affected_items: z.array(item),
      total_affected_items: z.int(),
      total_failed_items: z.int(),
      failed_items: z.array(failedItem),
    }),
    message: z.string(),
    error: z.int().min(ALL_WELL).max(SOME_FAILED),
  });

/** The answer of endpoints about one thing. */
export const dataEnvelope = <T extends z.ZodType>(data: T) =>
  z.object({ data, message: z.string(), error: z.literal([ALL_WELL, SOME_FAILED]) });

/** The answer of everything that fails; `error` is a code of docs/errors.md and never changes its meaning. */
export const errorEnvelope = z.object({
  title: z.string(),
  detail: z.string(),
  remediation: z.string().optional(),
  error: z.int(),
});

export function wrapItems({ items, totalItems, failed, message }: ItemsResult) {
  const failedCount = failed.reduce((sum, { ids }) => sum + ids.length, 0);
  const partly = items.length === 0 ? ALL_FAILED : SOME_FAILED;
  return {
    data: {
      affected_items: items,
      total_affected_items: totalItems,
      total_failed_items: failedCount,
      failed_items: failed.map(({ error, ids }) => {
        const { code, message } = MusterError.fromWire(error);
        return { error: { code, message, remediation: errorTable[code]?.remedy ?? '' }, id: ids };
      }),
    },
    message,
    error: failedCount === 0 ? ALL_WELL : partly,
  };
}

/** What is done with a `warning` is done in part: something of it is left to do. */
export function wrapData(data: object, message: string) {
  const { warning } = data as { warning?: WireError };
  if (warning === undefined) return { data, message, error: ALL_WELL };
  return { data, message: `${message}, but: ${MusterError.fromWire(warning).toLog()}`, error: SOME_FAILED };
}

export function wrapError(error: MusterError) {
  const status = statusOf(error.code);
  const remediation = errorTable[error.code]?.remedy;
  return {
    status,
    body: {
      title: titleOf(status),
      detail: error.message,
      ...(remediation === undefined ? {} : { remediation }),
      error: error.code,
    },
  };
}
