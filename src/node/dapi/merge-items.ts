import { MusterError } from '../../protocol/errors.ts';
import { anyItems, type ItemsResult } from '../../requests/method.ts';
import { type Answer, textOf } from './answer.ts';

const SOME_FAILED = 'Some of the information could not be had';
const NONE = 'No information could be had';

/** To make one answer of those of several nodes. */
export interface MergeOrder {
  readonly kind: 'merge';
  readonly method: string;
  /** Those of the parts that are there. */
  readonly answers: readonly Answer[];
  /** Whose these are, where what each of them tells is one item; null where they have items of their own. */
  readonly nodes: readonly string[] | null;
  /** Items that could not be had, those within the answers aside. */
  readonly failed: ItemsResult['failed'];
}

/** All items of the parts, and every item that failed with its reason. Throws 3302 for a part that has no items. */
export function mergeItems({ method, answers, nodes, failed: before }: MergeOrder): ItemsResult {
  const parts =
    nodes === null
      ? answers.map((answer) => itemsIn(answer, method))
      : [itemsOfNodes(nodes, answers, method)];
  const failed = byError([...before, ...parts.flatMap((part) => part.failed)]);
  const items = parts.flatMap((part) => part.items);
  const whole = parts[0]?.message ?? NONE;
  return {
    items,
    totalItems: parts.reduce((sum, { totalItems }) => sum + totalItems, 0),
    failed,
    message: failed.length === 0 ? whole : items.length === 0 ? NONE : SOME_FAILED,
  };
}

function itemsIn(answer: Answer, method: string): ItemsResult {
  try {
    return anyItems.parse(JSON.parse(textOf(answer)));
  } catch (error) {
    throw new MusterError(3302, `${method}: a part has no items`, { cause: error });
  }
}

function itemsOfNodes(nodes: readonly string[], answers: readonly Answer[], method: string): ItemsResult {
  const items = answers.map((answer, index) => ({ node: nodes[index], result: resultIn(answer, method) }));
  const message = items.length === 1 ? '1 node' : `${items.length} nodes`;
  return { items, totalItems: items.length, failed: [], message };
}

function resultIn(answer: Answer, method: string): unknown {
  try {
    return JSON.parse(textOf(answer));
  } catch (error) {
    throw new MusterError(3302, `${method}: a part is no JSON`, { cause: error });
  }
}

/** Items that failed with the same error stand together. */
function byError(failed: ItemsResult['failed']): ItemsResult['failed'] {
  const groups = new Map<string, ItemsResult['failed'][number]>();
  for (const { error, ids } of failed) {
    const key = `${error.code}\0${error.detail}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { error, ids: [...ids] });
    else for (const id of ids) group.ids.push(id);
  }
  return [...groups.values()];
}
