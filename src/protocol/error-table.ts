import { agentStoreErrors } from './error-rows/agent-store.ts';
import { agentsErrors } from './error-rows/agents.ts';
import { clusterErrors } from './error-rows/cluster.ts';
import { commonErrors } from './error-rows/common.ts';
import { filesErrors } from './error-rows/files.ts';
import { httpApiErrors } from './error-rows/http-api.ts';
import { listsErrors } from './error-rows/lists.ts';
import { protocolErrors } from './error-rows/protocol.ts';
import { registrationErrors } from './error-rows/registration.ts';
import { requestsErrors } from './error-rows/requests.ts';
import type { ErrorRows } from './error-rows/row.ts';

/** What one error code stands for. `docs/errors.md` is generated from these. */
export interface ErrorEntry {
  /** A short name for programs and metrics; it never changes. */
  readonly name: string;
  /** The first words of every message with this code. */
  readonly text: string;
  /** When it happens. */
  readonly meaning: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

/** Codes from 3100 to 3499 are Muster's own; the others mean what they mean to Wazuh 4.x nodes. */
export const errorSubjects: readonly ErrorRows[] = [
  commonErrors,
  listsErrors,
  agentsErrors,
  filesErrors,
  agentStoreErrors,
  clusterErrors,
  protocolErrors,
  registrationErrors,
  requestsErrors,
  httpApiErrors,
];

/** Every error code that a node can show, by number. */
export const errorTable: Readonly<Record<number, ErrorEntry>> = Object.freeze(
  Object.fromEntries(
    errorSubjects.flatMap((rows) =>
      Object.entries(rows).map(([code, [name, text, meaning, remedy]]) => [
        Number(code),
        { name, text, meaning, remedy },
      ]),
    ),
  ),
);
