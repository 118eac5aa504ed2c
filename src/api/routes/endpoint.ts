import type { z } from 'zod';
import type { MethodArgs, MethodName, MethodResult } from '../../requests/methods.ts';
import type { common } from './query.ts';

export type Tag = 'Cluster' | 'Agents' | 'Groups' | 'Rules' | 'Decoders' | 'Lists' | 'Syscollector';

type Shape = Readonly<Record<string, z.ZodType>>;
type Output<S extends Shape> = { [K in keyof S]: z.output<S[K]> };

/** What an endpoint asks the cluster. */
export interface Ask<M extends MethodName = MethodName> {
  readonly args: MethodArgs<M>;
  /** Only of methods that ask nodes; left out: all. */
  readonly nodes?: readonly string[] | undefined;
}

/** How the result of the method becomes the answer. */
export type Answer<M extends MethodName> =
  /** The items of the result, in the envelope of items. */
  | { readonly kind: 'items' }
  /** The one item that was asked for: if it failed, the request did, with its status. */
  | {
      readonly kind: 'item';
      /** Keys of the item that hold any JSON: their schemas are recursive, which OpenAPI cannot say in place. */
      readonly open?: readonly string[];
    }
  /** The result as it is, as `data`. */
  | { readonly kind: 'data'; readonly message: string }
  /** The result as one item. */
  | {
      readonly kind: 'single';
      readonly message: string;
      /** With `raw=true` this text is the answer. */
      readonly toText?: (result: MethodResult<M>) => string;
    };

/** A body is JSON, or the text of a file. */
export type Body = { readonly json: z.ZodType } | { readonly text: string };

/** One endpoint: which method it is, and how HTTP becomes its arguments and its result HTTP. */
export interface Endpoint {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** In the manner of OpenAPI: `/agents/{agent_id}/key`. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly method: MethodName;
  readonly params: Shape;
  readonly query: Shape;
  readonly body: Body | null;
  readonly ask: (input: never) => Ask;
  readonly answer: Answer<never>;
}

interface Input<P extends Shape, Q extends Shape, B> {
  readonly params: Output<P>;
  /** Without what every endpoint takes. */
  readonly query: Omit<Output<Q>, keyof typeof common>;
  readonly body: B;
}

type BodyOf<B extends Body | null> = B extends { json: infer S extends z.ZodType }
  ? z.output<S>
  : B extends { text: string }
    ? string
    : undefined;

/** An endpoint whose request and answer are checked against its method by the compiler. */
export function endpoint<
  M extends MethodName,
  P extends Shape = Record<never, never>,
  Q extends Shape = Record<never, never>,
  B extends Body | null = null,
>(spec: {
  verb: Endpoint['verb'];
  path: string;
  tag: Tag;
  summary: string;
  method: M;
  params?: P;
  query?: Q;
  body?: B;
  ask: (input: Input<P, Q, BodyOf<B>>) => Ask<M>;
  answer: Answer<M>;
}): Endpoint {
  return { params: {}, query: {}, body: null, ...spec };
}
