import { textOfObjects } from '../../protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../protocol/errors.ts';
import { type Answering, type CallableRow, callables, type Telling } from './callables.ts';
import { resultIn } from './results.ts';

/** A function of the table. */
export type CallableName = Pick<CallableRow, 'module' | 'qualname'>;

/** How an answer is to be told: by whose function, and with what. Plain data. */
export interface ToldAs extends CallableName, Telling {}

export const rowOf = ({ module, qualname }: CallableName): CallableRow | undefined =>
  callables.find((row) => row.module === module && row.qualname === qualname);

/** An answer of ours as a peer reads it that asked by this function: JSON of its own. */
export function tellAnswer(text: string, as: ToldAs): string {
  const row = rowOf(as);
  if (row === undefined) throw new MusterError(3300, as.qualname);
  return textOfObjects(row.tell(JSON.parse(text) as never, as));
}

/** The answer of a peer, as JSON of ours. Throws what it says that has failed, 3036 and 3302 for what is no answer. */
export function understandAnswer(method: string, text: string, answering: Answering): string {
  const row = callables.find((one) => one.method === method && one.understand !== undefined);
  if (row?.understand === undefined) throw new MusterError(3302, method);
  return JSON.stringify(row.understand(resultIn(text), answering));
}
