import { z } from 'zod';
import { MusterError } from '../../src/protocol/errors.ts';
import { type HandlerContext, type OfferedMethods, offeredMethods } from '../../src/requests/handlers.ts';
import { itemsOf, type MethodSpec, type MethodType, method } from '../../src/requests/method.ts';

/** What the methods of tests are told to do before they answer. */
const orders = {
  /** Answers only after so long. */
  delayMs: z.int().min(0).optional(),
  /** Answers only when it is told to, or nobody waits any more. */
  waits: z.boolean().optional(),
  /** What waits goes on when nobody waits for it any more. */
  isDeaf: z.boolean().optional(),
  /** The answer has a text of so many characters. */
  chars: z.int().min(0).optional(),
  /** Fails with this code. */
  fails: z.int().optional(),
};
const item = z.strictObject({
  id: z.string(),
  node: z.string(),
  user: z.string().nullable(),
  text: z.string(),
});

const spec = (type: MethodType, target?: 'agents' | 'nodes') =>
  method({
    type,
    ...(target && { target }),
    summary: 'Of a test.',
    args: z.strictObject({
      ...orders,
      ...(target === 'agents' && { agents: z.array(z.string()).max(100_000).optional() }),
    }),
    result: itemsOf(item),
    example: { args: {}, result: { items: [], totalItems: 0, failed: [], message: '' } },
  });

/** Methods that answer with the name of the node that they ran on. */
export const testSpecs = {
  'test.any': spec('local_any'),
  'test.master': spec('local_master'),
  'test.agents': spec('distributed_master', 'agents'),
  'test.nodes': spec('distributed_master', 'nodes'),
} satisfies Record<string, MethodSpec>;

interface Orders {
  delayMs?: number;
  waits?: boolean;
  isDeaf?: boolean;
  chars?: number;
  fails?: number;
  agents?: string[];
}

/** A call of a method of a test that was told to wait. */
export interface Waiting {
  readonly node: string;
  readonly context: HandlerContext;
  go(): void;
}

/** The methods of tests, beside those of the table; what was told to wait is in the hands of the test. */
export class TestMethods {
  readonly waiting: Waiting[] = [];
  /** Calls whose callers do not wait any more. */
  readonly given: string[] = [];
  /** What was called, and with which arguments. */
  readonly calls: { node: string; args: object; context: HandlerContext }[] = [];
  readonly offered: OfferedMethods;

  constructor() {
    const handler = (args: Orders, context: HandlerContext) => this.#run(args, context);
    this.offered = new Map([
      ...offeredMethods,
      ...Object.entries(testSpecs).map(([name, spec]) => [name, { spec, handler }] as const),
    ]) as OfferedMethods;
  }

  async #run(args: Orders, context: HandlerContext) {
    const node = context.services.config.nodeName;
    this.calls.push({ node, args, context });
    if (args.waits === true || args.delayMs !== undefined) await this.#pause(args, node, context);
    if (args.fails !== undefined) throw new MusterError(args.fails, `at ${node}`);
    const text = 'x'.repeat(args.chars ?? 0);
    const ids = args.agents ?? [node];
    const items = ids.map((id) => ({ id, node, user: context.user, text }));
    return { items, totalItems: items.length, failed: [], message: 'All of it' };
  }

  #pause({ delayMs, isDeaf = false }: Orders, node: string, context: HandlerContext): Promise<void> {
    return new Promise((go, giveUp) => {
      const timer = delayMs === undefined ? undefined : setTimeout(go, delayMs);
      context.signal.addEventListener('abort', () => {
        this.given.push(node);
        if (isDeaf) return;
        clearTimeout(timer);
        giveUp(new MusterError(3120, `at ${node}`));
      });
      if (delayMs === undefined) this.waiting.push({ node, context, go });
    });
  }
}
