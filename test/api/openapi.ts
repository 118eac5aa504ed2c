import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { matching } from '../harness/matching.ts';

/** As far as our own description uses JSON Schema for parameters. */
export interface ParameterSchema {
  type?: string;
  enum?: string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  anyOf?: ParameterSchema[];
  properties?: Record<string, ParameterSchema>;
  required?: string[];
  additionalProperties?: boolean;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required?: boolean;
  schema: ParameterSchema;
}

interface Operation {
  summary: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: ParameterSchema }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

export interface Description {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

export interface DescribedOperation extends Operation {
  verb: string;
  path: string;
}

export const operationsOf = ({ paths }: Description): DescribedOperation[] =>
  Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ ...operation, verb: verb.toUpperCase(), path })),
  );

const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
const validators = new WeakMap<object, ValidateFunction>();

/** Why an answer is not what the description says; null if it is. */
export function complaintAbout(
  operation: DescribedOperation,
  answer: { statusCode: number; headers: Record<string, unknown>; body: string },
): string | null {
  const at = `${operation.verb} ${operation.path}: ${answer.statusCode}`;
  const response = operation.responses[answer.statusCode];
  if (response === undefined) return `${at} is not described: ${answer.body}`;
  const type = String(answer.headers['content-type']).split(';')[0] ?? '';
  const content = response.content?.[type];
  if (content === undefined) return `${at} is not described as ${type}`;
  const validate = validators.get(content.schema) ?? ajv.compile(content.schema);
  validators.set(content.schema, validate);
  if (validate(type === 'application/json' ? JSON.parse(answer.body) : answer.body)) return null;
  return `${at}: ${ajv.errorsText(validate.errors)}: ${answer.body}`;
}

/** Any value that a schema of the description allows. */
export function anyValueOf(schema: ParameterSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(anyValueOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === 'integer') {
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e9, 1e9) });
  }
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'object') {
    const entries = Object.entries(schema.properties ?? {}).map(([key, value]) => [key, anyValueOf(value)]);
    const values: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(entries);
    return fc.record(values, { requiredKeys: schema.required ?? [] });
  }
  if (schema.type !== 'string') throw new Error(`no values for ${JSON.stringify(schema)}`);
  const { minLength = 0, maxLength = 1_000 } = schema;
  const texts =
    schema.pattern === undefined
      ? fc.string({ minLength, maxLength: Math.min(maxLength, 64) })
      : matching(new RegExp(schema.pattern, 'u'), { size: 'small' });
  return texts.filter((text) => text.length >= minLength && text.length <= maxLength);
}
