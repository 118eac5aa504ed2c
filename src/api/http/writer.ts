import type { FastifyRequest } from 'fastify';

const INDENT = 2;

/** How an answer becomes text; with `pretty=true` in lines. */
export function writerOf({ query }: FastifyRequest): (answer: unknown) => string {
  const { pretty } = (query ?? {}) as { pretty?: unknown };
  return pretty === true ? inLines : JSON.stringify;
}

const inLines = (answer: unknown): string => `${JSON.stringify(answer, null, INDENT)}\n`;
