import { exceptionObject, type JsonObject, type WazuhException, WazuhResult } from './objects.ts';

/** What a request of the distributed API found, in the originals' terms. */
export interface AffectedItems {
  readonly items: readonly unknown[];
  /** Null: all items are told. */
  readonly totalItems: number | null;
  /** What failed, and for which ids. */
  readonly failed: readonly { readonly error: WazuhException; readonly ids: readonly string[] }[];
  readonly allMessage: string;
  readonly someMessage: string;
  readonly noneMessage: string;
}

/** The result that most requests of the distributed API have. */
export function affectedItemsResult(found: AffectedItems): WazuhResult {
  return new WazuhResult('AffectedItemsWazuhResult', {
    affected_items: found.items,
    sort_fields: null,
    sort_casting: ['int'],
    sort_ascending: [true],
    total_affected_items: found.totalItems ?? found.items.length,
    total_failed_items: found.failed.reduce((sum, { ids }) => sum + ids.length, 0),
    dikt: {},
    all_msg: found.allMessage,
    some_msg: found.someMessage,
    none_msg: found.noneMessage,
    failed_items_keys: found.failed.map(({ error }) => ({
      __object__: exceptionObject(error),
      __class__: error.className,
    })),
    failed_items_values: found.failed.map(({ ids }) => ids),
  });
}

/** A result that is one object, as of the node overview. */
export function plainResult(result: JsonObject): WazuhResult {
  return new WazuhResult('WazuhResult', { str_priority: null, result });
}
