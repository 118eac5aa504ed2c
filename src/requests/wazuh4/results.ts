import {
  errorOfException,
  exceptionOfError,
  wazuhException,
} from '../../protocol/dialects/wazuh4/exceptions.ts';
import {
  decodeObjects,
  type JsonObject,
  WazuhDate,
  WazuhException,
  WazuhResult,
} from '../../protocol/dialects/wazuh4/objects.ts';
import { affectedItemsResult, plainResult } from '../../protocol/dialects/wazuh4/results.ts';
import { MusterError, type WireError } from '../../protocol/errors.ts';
import type { ItemsResult } from '../method.ts';

/** What the original says where all, some or none of what was asked for is there. */
export interface Messages {
  readonly all: string;
  readonly some: string;
  readonly none: string;
}

/** A result of ours about items, as the original has it. */
export function itemsResult4(
  { items, totalItems, failed }: ItemsResult,
  { all, some, none }: Messages,
  itemOf: (item: never) => unknown = (item) => item,
): WazuhResult {
  return affectedItemsResult({
    items: items.map((item) => itemOf(item as never)),
    totalItems,
    failed: failed.map(({ error, ids }) => ({ error: requestError(error), ids })),
    allMessage: all,
    someMessage: some,
    noneMessage: none,
  });
}

/** Of a request, and so with a list of what it is about. */
function requestError(wire: WireError): WazuhException {
  const { code, extraMessage, className } = exceptionOfError(MusterError.fromWire(wire));
  const extra = typeof extraMessage === 'string' ? extraMessage : null;
  const isRequests = className === 'WazuhResourceNotFound' || className === 'WazuhPermissionError';
  return wazuhException(code, extra, isRequests ? className : 'WazuhError');
}

export const dataResult4 = (data: object): WazuhResult => plainResult({ data });
export const bareResult4 = (result: object): WazuhResult => plainResult(result as JsonObject);

/** An answer of the original: a result, or the exception that it is thrown as an error of ours. Throws 3302 for anything else. */
export function resultIn(text: string): WazuhResult {
  const value = decodeObjects(Buffer.from(text));
  if (value instanceof WazuhException) throw errorOfException(value);
  if (!(value instanceof WazuhResult)) throw new MusterError(3302, 'the answer is no result');
  return value;
}

/** A result about items, in our terms. Throws 3302. */
export function itemsIn(
  { className, object }: WazuhResult,
  itemOf: (item: JsonObject) => unknown = (item) => item,
): ItemsResult {
  const { affected_items: items, total_affected_items: total, all_msg: message } = object;
  if (className !== 'AffectedItemsWazuhResult' || !Array.isArray(items))
    throw new MusterError(3302, `${className} has no items`);
  return {
    items: items.map((item) => itemOf(item as JsonObject)),
    totalItems: typeof total === 'number' ? total : items.length,
    failed: failedIn(object),
    message: typeof message === 'string' ? message : '',
  };
}

function failedIn({
  failed_items_keys: keys,
  failed_items_values: values,
}: JsonObject): ItemsResult['failed'] {
  if (!Array.isArray(keys) || !Array.isArray(values)) return [];
  return keys.map((key, index) => {
    const { __object__: fields } = key as { __object__?: JsonObject };
    const { code, extra_message: extra } = fields ?? {};
    const ids: unknown = values[index];
    return {
      error: {
        code: typeof code === 'number' ? code : 1000,
        detail: typeof extra === 'string' ? extra : null,
      },
      ids: Array.isArray(ids) ? ids.map(String) : [],
    };
  });
}

/** `data` of a plain result. Throws 3302. */
export function dataIn({ object }: WazuhResult): JsonObject {
  const { data } = (object.result ?? {}) as JsonObject;
  if (typeof data !== 'object' || data === null) throw new MusterError(3302, 'the answer has no data');
  return data as JsonObject;
}

/** A date of ours as the original's: Python of its age knows no `Z`. */
export const dateOf = (iso: string): WazuhDate => new WazuhDate(iso.replace(/Z$/, '+00:00'));

/** A date of the original as ours. */
export const isoOf = (date: unknown): unknown =>
  date instanceof WazuhDate ? date.iso.replace(/\+00:00$/, 'Z') : date;
