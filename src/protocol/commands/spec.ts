import type { z } from 'zod';

/** Who understands a command when it arrives as a request. */
export type Receiver = 'master' | 'worker' | 'local-master' | 'local-worker' | 'local-client';

/** The part of the specification's chapter "Protocols" that lists a command; `muster` for our own. */
export type Section = 'common' | 'cluster' | 'local' | 'muster';

/** One row of the table of commands. */
export interface CommandSpec {
  readonly receivers: readonly Receiver[];
  /** Where the specification lists it; the first place, where there are two. */
  readonly section: Section;
  /** One sentence for the documentation. */
  readonly summary: string;
  readonly args: z.ZodType;
  readonly reply: z.ZodType;
  /** Values of its arguments, where they are fewer than any message may have. */
  readonly maxValues?: number;
  /** Sent as raw bytes (encoding 0), in the low-priority lane. */
  readonly bulk?: true;
  /** Not in the specification's tables. */
  readonly own?: true;
  readonly example: { readonly args: unknown; readonly reply: unknown };
}

/** A row whose example is checked against its own schemas by the compiler. */
export function command<A extends z.ZodType, R extends z.ZodType>(
  spec: Omit<CommandSpec, 'args' | 'reply' | 'example'> & {
    readonly args: A;
    readonly reply: R;
    readonly example: { readonly args: z.input<A>; readonly reply: z.input<R> };
  },
) {
  return spec;
}

/** The two ends of a connection between nodes. */
export const bothNodes = ['master', 'worker'] as const;
/** The daemon's end of the local socket, on either kind of node. */
export const bothLocal = ['local-master', 'local-worker'] as const;
/** Every end of every connection. */
export const everyone = [...bothNodes, ...bothLocal, 'local-client'] as const;
