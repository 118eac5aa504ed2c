import { near } from '../wdb-grammar.ts';

/** What a command answers behind `err`. */
export class CommandError extends Error {}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The arguments as JSON; nothing may stand behind it. */
export function jsonArgument(args: string): unknown {
  try {
    return JSON.parse(args);
  } catch {
    throw new CommandError(`Invalid JSON syntax, ${near(args)}`);
  }
}

/** What an object of arguments has to have. */
interface Fields {
  readonly texts?: readonly string[];
  readonly numbers?: readonly string[];
}

/** The arguments as an object that has these fields. */
export function objectArgument(args: string, { texts = [], numbers = [] }: Fields): JsonObject {
  const value = jsonArgument(args);
  const object = value !== null && typeof value === 'object' ? (value as JsonObject) : {};
  const isComplete =
    texts.every((name) => typeof object[name] === 'string') &&
    numbers.every((name) => typeof object[name] === 'number');
  if (!isComplete) throw new CommandError(`Invalid JSON data, ${near(args)}`);
  return object;
}

/** The arguments as an object with an `id` and these fields. */
export function agentArgument(
  args: string,
  { texts, numbers = [] }: Fields = {},
): JsonObject & { readonly id: number } {
  return objectArgument(args, { texts, numbers: ['id', ...numbers] }) as JsonObject & { id: number };
}

/** A text, or NULL where there is none. */
export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Words, as they stand between spaces. */
export const wordsOf = (args: string): string[] => args.split(' ').filter((word) => word !== '');

/** A whole number; `name` is what the message calls it. */
export function integerArgument(word: string | undefined, name: string): number {
  const number = word !== undefined && /^-?\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
  if (Number.isNaN(number)) throw new CommandError(`Invalid arguments '${name}' not found`);
  return number;
}

export function wordArgument(word: string | undefined, name: string): string {
  if (word === undefined) throw new CommandError(`Invalid arguments '${name}' not found`);
  return word;
}

/** The number behind the word `last_id`. */
export function lastIdArgument(words: readonly string[]): number {
  if (words[0] !== 'last_id') throw new CommandError("Invalid arguments 'last_id' not found");
  return integerArgument(words[1], 'last_id');
}
