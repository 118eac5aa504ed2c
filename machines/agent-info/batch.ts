import type { StringSendInput } from '../transfer/string-send.ts';

/** What a reading found. The rows and their text stay with the effect. */
export interface AgentInfoBatch {
  rows: number;
  chunks: number;
  /** Where the next reading begins. */
  lastId: number;
  isLast: boolean;
}

export const NO_BATCH: AgentInfoBatch = { rows: 0, chunks: 0, lastId: 0, isLast: true };

/** A string in the outbox of this node, ready to be sent over any connection. */
export type PostedString = Omit<StringSendInput, 'connectionId'>;
