import { type ToldAs, tellAnswer, understandAnswer } from '../../requests/wazuh4/answers.ts';
import type { Answering } from '../../requests/wazuh4/callables.ts';
import { type Answer, textOf } from './answer.ts';
import { type MergeOrder, mergeItems } from './merge-items.ts';

/** To write an answer as the peer reads it that has asked. */
interface TellOrder {
  readonly kind: 'tell';
  readonly method: string;
  readonly answers: readonly [Answer];
  readonly as: ToldAs;
}

/** To read the answer that a peer has written in its own form. */
interface UnderstandOrder {
  readonly kind: 'understand';
  readonly method: string;
  readonly answers: readonly [Answer];
  readonly answering: Answering;
}

/** One answer that is to be made of others: plain data, so that a thread can do it. */
export type AnswerOrder = MergeOrder | TellOrder | UnderstandOrder;

/** The answer, as JSON. Throws 3302 for what no answer can be made of, and what a peer says that has failed. */
export function carryOut(order: AnswerOrder): string {
  switch (order.kind) {
    case 'merge':
      return JSON.stringify(mergeItems(order));
    case 'tell':
      return tellAnswer(textOf(order.answers[0]), order.as);
    case 'understand':
      return understandAnswer(order.method, textOf(order.answers[0]), order.answering);
  }
}
