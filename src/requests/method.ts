import { z } from 'zod';
import { count, nodeName, text, wireError } from '../protocol/commands/shapes.ts';
import { MAX_PAGE_ITEMS } from '../protocol/limits.ts';

/**
 * Who can answer: any node by itself, the master, or the node that the master finds to know best. Specification:
 * Distributed API requests.
 */
export type MethodType = 'local_any' | 'local_master' | 'distributed_master';

/**
 * How the master finds the nodes of a `distributed_master` method: by the agents that the argument `agents` lists, each at
 * the node to which it reports; or by the names that the request carries, all nodes if it carries none.
 */
export type MethodTarget = 'agents' | 'nodes';

/** One row of the table of methods: what nodes offer to each other, and to the clients of their local sockets. */
export interface MethodSpec {
  readonly type: MethodType;
  /** Only of `distributed_master`. */
  readonly target?: MethodTarget;
  /** True if it changes something: the HTTP API asks for the role of an administrator. */
  readonly writes?: true;
  /** True if it tells a secret: the HTTP API asks for the role of an administrator. */
  readonly confidential?: true;
  /** One sentence for the documentation. */
  readonly summary: string;
  readonly args: z.ZodType;
  readonly result: z.ZodType;
  readonly example: { readonly args: unknown; readonly result: unknown };
}

/** A row whose example is checked against its own schemas by the compiler. */
export function method<A extends z.ZodType, R extends z.ZodType>(
  spec: Omit<MethodSpec, 'args' | 'result' | 'example'> & {
    readonly args: A;
    readonly result: R;
    readonly example: { readonly args: z.input<A>; readonly result: z.input<R> };
  },
) {
  return spec;
}

/** Items that could not be had, by the error that they share. */
export const failedItems = z.strictObject({ error: wireError, ids: z.array(z.string()) });

/**
 * The result of every method that is about items: those that it concerns, and those that failed, each with its reason. The
 * parts of several nodes are merged item by item.
 */
export function itemsOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item).max(MAX_PAGE_ITEMS),
    /** Of all pages. */
    totalItems: count,
    failed: z.array(failedItems),
    /** One sentence for a person. */
    message: text,
  });
}

/** A result about items, whatever the items are. */
export interface ItemsResult<T = unknown> {
  items: T[];
  totalItems: number;
  failed: z.infer<typeof failedItems>[];
  message: string;
}

/** The same for whoever merges parts and does not look into the items. */
export const anyItems = itemsOf(z.unknown());

/** The node name of `dapi_fwd` that means all of them. */
export const ALL_NODES = 'fw_all_nodes';

/** Whether what a method tells can be merged item by item. */
export const isAboutItems = ({ result }: MethodSpec): boolean =>
  result instanceof z.ZodObject && Object.keys(anyItems.shape).every((key) => key in result.shape);

/** What all nodes tell together: items; of a method that is about none, one for each node. */
export const resultOfAll = (spec: MethodSpec): z.ZodType =>
  isAboutItems(spec) ? spec.result : itemsOf(z.strictObject({ node: nodeName, result: spec.result }));
