import fc from 'fast-check';
import { z } from 'zod';
import type { CommandName } from '../../src/protocol/commands.ts';
import { commandNames, commandSpec } from '../../src/protocol/commands.ts';
import { matching } from '../harness/matching.ts';

/** The same values in every run, unless somebody looks for others. */
fc.configureGlobal({ seed: Number(process.env.MUSTER_SEED ?? 1) });

/** Generated texts and collections stay short: what matters is their kind. */
const MAX_TEXT_CHARS = 40;
const MAX_ITEMS = 4;
const MAX_DATA_BYTES = 300;

/** MessagePack as Muster writes it knows one zero. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const key = fc.string({ unit: 'grapheme', maxLength: MAX_TEXT_CHARS }).filter((text) => text !== '__proto__');

const { json } = fc.letrec<{ json: z.core.util.JSONType }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    number,
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('json'), { maxLength: MAX_ITEMS }),
    fc.dictionary(key, tie('json'), { maxKeys: MAX_ITEMS, noNullPrototype: true }),
  ),
}));

/** Values that a schema accepts, for the kinds of schema that the table of commands uses. Throws for any other kind. */
export function arbitraryOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) return objectOf(schema);
  if (schema instanceof z.ZodString) return stringOf(schema);
  if (schema instanceof z.ZodNumber) return numberOf(schema);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNullable) return fc.option(arbitraryOf(schema.unwrap()), { nil: null });
  if (schema instanceof z.ZodOptional) return arbitraryOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return arrayOf(schema);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((option) => arbitraryOf(option)));
  if (schema instanceof z.ZodRecord) return recordOf(schema);
  if (schema instanceof z.ZodLazy) return json;
  if (schema instanceof z.ZodCustom) return fc.uint8Array({ maxLength: MAX_DATA_BYTES });
  throw new Error(`no arbitrary for a schema of the kind ${schema._zod.def.type}`);
}

function arrayOf(schema: z.ZodArray): fc.Arbitrary<unknown> {
  const least =
    schema.def.checks?.map((check) => (check._zod.def as { minimum?: number }).minimum ?? 0) ?? [];
  return fc.array(arbitraryOf(schema.element), { minLength: Math.max(0, ...least), maxLength: MAX_ITEMS });
}

function objectOf(schema: z.ZodObject): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.shape) as [string, z.core.$ZodType][];
  const requiredKeys = fields.filter(([, field]) => !(field instanceof z.ZodOptional)).map(([name]) => name);
  const arbitraries = Object.fromEntries(fields.map(([name, field]) => [name, arbitraryOf(field)]));
  return fc.record(arbitraries, { requiredKeys, noNullPrototype: true });
}

/** Patterns that only exclude (`[^…`) are met by filtering, the others by generating from the pattern. */
function stringOf(schema: z.ZodString): fc.Arbitrary<string> {
  const minLength = schema.minLength ?? 0;
  const maxLength = Math.min(schema.maxLength ?? MAX_TEXT_CHARS, MAX_TEXT_CHARS);
  const pattern = schema.def.checks
    ?.map((check) => (check._zod.def as { pattern?: RegExp }).pattern)
    .find((candidate) => candidate !== undefined && !candidate.source.includes('[^'));
  const texts =
    pattern === undefined
      ? fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, maxLength) })
      : matching(pattern);
  return texts.filter((text) => schema.safeParse(text).success);
}

function numberOf(schema: z.ZodNumber): fc.Arbitrary<number> {
  const min = schema.minValue ?? Number.NEGATIVE_INFINITY;
  if (schema.isInt)
    return fc
      .maxSafeInteger()
      .filter(Number.isSafeInteger)
      .map((n) => clamp(n, schema));
  return number.map((value) => (value < min ? -value : value));
}

/** Spreads any whole number over the allowed range. */
function clamp(value: number, schema: z.ZodNumber): number {
  const min = Math.max(schema.minValue ?? Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER);
  const max = Math.min(schema.maxValue ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const size = max - min + 1;
  return min + (Math.abs(value) % size);
}

function recordOf(schema: z.ZodRecord): fc.Arbitrary<unknown> {
  const keys = arbitraryOf(schema.keyType as z.core.$ZodType) as fc.Arbitrary<string>;
  const values = arbitraryOf(schema.valueType as z.core.$ZodType);
  const safeKeys = keys.filter((name) => name !== '__proto__');
  return fc.dictionary(safeKeys, values, { maxKeys: MAX_ITEMS, noNullPrototype: true });
}

export interface AnyCall {
  command: CommandName;
  args: unknown;
  reply: unknown;
}

/** Arguments and reply of one command. */
export function callOf(command: CommandName): fc.Arbitrary<AnyCall> {
  const { args, reply } = commandSpec(command);
  return fc.record(
    { command: fc.constant(command), args: arbitraryOf(args), reply: arbitraryOf(reply) },
    { noNullPrototype: true },
  );
}

/** A call of any command of the table. */
export const anyCall: fc.Arbitrary<AnyCall> = fc.oneof(...commandNames.map(callOf));

export const counter: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff });
