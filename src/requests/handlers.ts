import type { RequestStore } from '../agents/request-store.ts';
import type { NodeConfig } from '../config/node-config.ts';
import type { FileIndex } from '../files/index.ts';
import type { ArgsOf, ReplyOf } from '../protocol/commands.ts';
import type { Registration } from '../registration/registration.ts';
import { agentGroupHandlers } from './handlers/agent-groups.ts';
import { agentRegistrationHandlers } from './handlers/agent-registration.ts';
import { agentHandlers } from './handlers/agents.ts';
import { clusterHandlers } from './handlers/cluster.ts';
import { fileHandlers } from './handlers/files.ts';
import { groupHandlers } from './handlers/groups.ts';
import { nodeHandlers } from './handlers/nodes.ts';
import { syscollectorHandlers } from './handlers/syscollector.ts';
import type { MethodSpec } from './method.ts';
import { type MethodArgs, type MethodName, type MethodResult, methods } from './methods.ts';

/** What of a node the handlers of methods may use. */
export interface HandlerServices {
  readonly config: NodeConfig;
  readonly version: string;
  /** What the node knows of its own integrity set. */
  readonly files: FileIndex;
  /** Calls reject with 2005 while it is not open. Those that wait for their turn are not begun once the signal has come. */
  store(signal?: AbortSignal): RequestStore;
  /** Throws 1013 while it is not open. A worker's forwards to its master. */
  registration(): Registration;
  /** The nodes of the cluster; a worker asks its master (3023 while it has none). */
  nodes(query: ArgsOf<'get_nodes'>, signal?: AbortSignal): Promise<ReplyOf<'get_nodes'>>;
  /** What each node did last, likewise. */
  health(query: ArgsOf<'get_health'>, signal?: AbortSignal): Promise<ReplyOf<'get_health'>>;
  /** What a sync would change on workers, or on one; a worker can tell its own (3022 for others). Each node has `timeoutMs`, or less. */
  diff(
    query: ArgsOf<'get_diff'>,
    options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<ReplyOf<'get_diff'>>;
  /** The state of this node for a person. */
  status(): object;
  /** Begins a round of integrity at once: on the master of its own files, on a worker with the master. */
  triggerIntegrity(): void;
}

export interface HandlerContext {
  readonly services: HandlerServices;
  /** Aborted when nobody waits for the answer any more: it is too late, or was cancelled. */
  readonly signal: AbortSignal;
  /** When the answer is due, in milliseconds of `performance.now()`. */
  readonly deadlineMs: number;
  /** Who asks, for logs; null if that is not told. */
  readonly user: string | null;
}

/** Works out one answer. Rejects with MusterError for what the caller is to be told. */
export type Handler<Args, Result> = (args: Args, context: HandlerContext) => Promise<Result>;
export type MethodHandler<M extends MethodName> = Handler<MethodArgs<M>, MethodResult<M>>;
/** The handlers of some methods; a file of them says `satisfies Handlers<keyof typeof clusterMethods>`. */
export type Handlers<M extends MethodName> = { readonly [Name in M]: MethodHandler<Name> };

/** One method as a node offers it. */
export interface OfferedMethod {
  readonly spec: MethodSpec;
  readonly handler: Handler<never, unknown>;
}
/** What a node offers, by the names of the methods: nothing else can be asked of it. */
export type OfferedMethods = ReadonlyMap<string, OfferedMethod>;

const handlers: Handlers<MethodName> = {
  ...clusterHandlers,
  ...nodeHandlers,
  ...agentHandlers,
  ...agentRegistrationHandlers,
  ...agentGroupHandlers,
  ...groupHandlers,
  ...fileHandlers,
  ...syscollectorHandlers,
};

/** All methods of the table with their handlers. */
export const offeredMethods: OfferedMethods = new Map(
  (Object.keys(methods) as MethodName[]).map((name) => [
    name,
    { spec: methods[name], handler: handlers[name] as Handler<never, unknown> },
  ]),
);
