const REQUEST_NAME = /^(local_client|request)[1-9][0-9]{0,15}$/;

/** What a node calls the request of one of its local clients, and one of its own. Specification: Distributed API requests. */
export const nameOfClientRequest = (number: number): string => `local_client${number}`;
export const nameOfRequest = (number: number): string => `request${number}`;

/** True for the task of a `cancel_task` that means a request. */
export const isRequestName = (task: string | null): boolean => task !== null && REQUEST_NAME.test(task);
