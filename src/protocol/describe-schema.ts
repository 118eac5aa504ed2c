import { z } from 'zod';

/** A shape that has a name of its own, for the table of shapes. */
export interface NamedShape {
  readonly id: string;
  readonly shape: string;
  readonly description: string;
}

interface Meta {
  id?: string;
  description?: string;
  maxEntries?: number;
}

const metaOf = (schema: z.core.$ZodType): Meta => (z.globalRegistry.get(schema) ?? {}) as Meta;

/** A schema in words a person reads: `{ task: TaskId or null, files: Count }`. Adds the named shapes it meets to `names`. */
export function describeSchema(schema: z.core.$ZodType, names: Map<string, NamedShape>): string {
  const { id, description = '' } = metaOf(schema);
  if (id === undefined) return shapeOf(schema, names);
  if (!names.has(id)) {
    names.set(id, { id, shape: '', description });
    names.set(id, { id, shape: shapeOf(schema, names), description });
  }
  return id;
}

function shapeOf(schema: z.core.$ZodType, names: Map<string, NamedShape>): string {
  const inner = (part: z.core.$ZodType) => describeSchema(part, names);
  if (schema instanceof z.ZodObject) return objectShape(schema, inner);
  if (schema instanceof z.ZodString) return textShape(schema);
  if (schema instanceof z.ZodNumber) return numberShape(schema);
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodNullable) return `${group(inner(schema.unwrap()))} or null`;
  if (schema instanceof z.ZodOptional) return inner(schema.unwrap());
  if (schema instanceof z.ZodArray) return arrayShape(schema, inner);
  if (schema instanceof z.ZodLiteral)
    return [...schema.values].map((value) => JSON.stringify(value)).join(' or ');
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => JSON.stringify(option)).join(' or ');
  if (schema instanceof z.ZodUnion) return schema.options.map(inner).join(' or ');
  if (schema instanceof z.ZodRecord) return recordShape(schema, inner);
  if (schema instanceof z.ZodLazy) return 'any JSON value';
  if (schema instanceof z.ZodCustom) return 'bytes';
  throw new Error(`no words for a schema of the kind ${schema._zod.def.type}`);
}

/** In parentheses what would read differently with words around it. */
function group(words: string): string {
  return /^(array|map) of /.test(words) || (words.includes(' or ') && !words.startsWith('{'))
    ? `(${words})`
    : words;
}

type Inner = (schema: z.core.$ZodType) => string;

function objectShape(schema: z.ZodObject, inner: Inner): string {
  const fields = Object.entries(schema.shape).map(([name, field]) => {
    const mark = field instanceof z.ZodOptional ? '?' : '';
    return `${name}${mark}: ${inner(field)}`;
  });
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function textShape(schema: z.ZodString): string {
  const { minLength, maxLength } = schema;
  const pattern = schema.def.checks
    ?.map((check) => (check._zod.def as { pattern?: RegExp }).pattern)
    .find((candidate) => candidate !== undefined);
  const like = pattern === undefined ? '' : ` like ${pattern.source}`;
  if (maxLength === null) return `text${like}`;
  const size = minLength === maxLength ? `${minLength}` : `${minLength ?? 0} to ${maxLength}`;
  return `text of ${size} characters${like}`;
}

function numberShape(schema: z.ZodNumber): string {
  const { minValue, maxValue } = schema;
  const kind = schema.isInt ? 'integer' : 'number';
  const min = minValue === null || minValue === Number.NEGATIVE_INFINITY ? '' : ` from ${minValue}`;
  const max = maxValue === null || maxValue === Number.POSITIVE_INFINITY ? '' : ` to ${maxValue}`;
  return `${kind}${min}${max}`;
}

function arrayShape(schema: z.ZodArray, inner: Inner): string {
  const max = schema.def.checks
    ?.map((check) => (check._zod.def as { maximum?: number }).maximum)
    .find((candidate) => candidate !== undefined);
  return `array of ${max === undefined ? '' : `at most ${max} `}${group(inner(schema.element))}`;
}

function recordShape(schema: z.ZodRecord, inner: Inner): string {
  const { maxEntries } = metaOf(schema);
  const key = inner(schema.keyType as z.core.$ZodType);
  const most = maxEntries === undefined ? '' : `at most ${maxEntries} `;
  return `map of ${most}${key} to ${group(inner(schema.valueType as z.core.$ZodType))}`;
}
