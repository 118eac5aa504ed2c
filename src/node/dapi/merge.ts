import type { Failure } from '../../../machines/failure.ts';
import { MusterError } from '../../protocol/errors.ts';
import { anyItems, type ItemsResult } from '../../requests/method.ts';
import { asError } from '../effects/failures.ts';
import type { LiveRequest } from './live-requests.ts';

const SOME_FAILED = 'Some of the information could not be had';
const NONE = 'No information could be had';

/**
 * The one answer of a request, as JSON. What was not split is the answer of its one place, or fails with it; of what was,
 * every item that failed is told with its reason, and the others are there all the same. Throws what the one place failed
 * with, 3302 for an answer that has no items.
 */
export function merge(live: LiveRequest): string {
  const { plan, answers, failures } = live;
  const [only] = answers;
  if (!plan.isSplit) {
    const failure = failures[0] ?? null;
    if (failure !== null) throw asError(failure);
    if (only === undefined || only === null) throw new MusterError(3302, 'there is no answer');
    return only;
  }
  const isWhole = plan.failed.length === 0 && answers.length === 1 && failures[0] === null;
  if (isWhole && typeof only === 'string') return only;
  return JSON.stringify(mergedItems(live));
}

function mergedItems({ plan, answers, failures, request }: LiveRequest): ItemsResult {
  const parts = answers
    .filter((answer): answer is string => answer !== null)
    .map((answer) => itemsIn(answer, request.method));
  const failed = [
    ...plan.failed,
    ...failures.flatMap((failure, index) => whatFailed(failure, plan.places[index]?.ids ?? [])),
    ...parts.flatMap((part) => part.failed),
  ];
  const items = parts.flatMap((part) => part.items);
  const whole = parts[0]?.message ?? NONE;
  return {
    items,
    totalItems: parts.reduce((sum, { totalItems }) => sum + totalItems, 0),
    failed: byError(failed),
    message: failed.length === 0 ? whole : items.length === 0 ? NONE : SOME_FAILED,
  };
}

function itemsIn(answer: string, method: string): ItemsResult {
  try {
    return anyItems.parse(JSON.parse(answer));
  } catch (error) {
    throw new MusterError(3302, `${method}: a part has no items`, { cause: error });
  }
}

const whatFailed = (failure: Failure | null, ids: readonly string[]) =>
  failure === null ? [] : [{ error: asError(failure).toWire(), ids: [...ids] }];

/** Items that failed with the same error stand together. */
function byError(failed: ItemsResult['failed']): ItemsResult['failed'] {
  const groups = new Map<string, ItemsResult['failed'][number]>();
  for (const { error, ids } of failed) {
    const key = `${error.code}\0${error.detail}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { error, ids: [...ids] });
    else group.ids.push(...ids);
  }
  return [...groups.values()];
}
