import type { MethodArgs, MethodName, MethodResult } from '../requests/methods.ts';

export interface AskOptions {
  /** The nodes that are asked, for methods that ask nodes; left out: all. */
  nodes?: readonly string[];
  /** Who asks, for the logs of the nodes. */
  user?: string;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** The cluster as the API sees it: the table of methods, asked through the daemon of its own home. */
export interface ClusterPort {
  /** Rejects with a MusterError: 3012 while there is no daemon, 3023 while a worker has no master, 3021 when time is up. */
  request<M extends MethodName>(
    method: M,
    args: MethodArgs<M>,
    options: AskOptions,
  ): Promise<MethodResult<M>>;
}
