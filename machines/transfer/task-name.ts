const TRANSFER_TASK = /^transfer-(0|[1-9][0-9]{0,9})$/;

/** The task that `cancel_task` names when a sender withdraws a transfer; the handle is the receiver's. */
export const transferTask = (handle: number): string => `transfer-${handle}`;

/** The handle in such a name; null where another task is meant. */
export function handleOfTask(task: string | null): number | null {
  const match = task === null ? null : TRANSFER_TASK.exec(task);
  return match === null ? null : Number(match[1]);
}
