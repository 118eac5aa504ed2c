import type { z } from 'zod';
import { MusterError } from '../../errors.ts';
import { MAX_MESSAGE_BYTES, MAX_REQUEST_VALUES } from '../../limits.ts';
import { check } from '../check.ts';
import { shown } from './exceptions.ts';
import {
  WAZUH4_MAX_FAILURE_BYTES,
  WAZUH4_MAX_ID_BYTES,
  WAZUH4_MAX_NAME_BYTES,
  WAZUH4_MAX_PATH_BYTES,
  WAZUH4_MAX_TEXT_BYTES,
} from './limits.ts';
import { decodeObjects, encodeObjects, WazuhException } from './objects.ts';

/** How a value is written as a payload. Decoders throw 3108 for what has another form, and never keep a copy of the payload. */
export interface Codec<Value> {
  /** For the documentation: `<task> <path>`; empty for nothing. */
  readonly form: string;
  /** Pieces that belong behind each other. */
  encode(value: Value): Uint8Array[];
  decode(payload: Uint8Array): Value;
}

export type ValueOf<C> = C extends Codec<infer Value> ? Value : never;
/** No arguments, or nothing to tell. */
export type Nothing = Readonly<Record<string, never>>;

const SPACE = 0x20;
const unfit = (why: string) => new MusterError(3108, why);
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Any bytes; what is decoded is a view. */
export const bytes: Codec<Uint8Array> = {
  form: 'bytes',
  encode: (value) => [value],
  decode: (payload) => payload,
};

/** No payload at all. */
export const nothing: Codec<Nothing> = {
  form: '',
  encode: () => [],
  decode(payload) {
    if (payload.length > 0) throw unfit(`${payload.length} bytes where there is nothing to say`);
    return {};
  },
};

/** Whatever comes is of no interest. */
export const ignored: Codec<Nothing> = { form: '', encode: () => [], decode: () => ({}) };

/** A sentence that is always the same. The originals do not look at it, and so it may be another. */
export function said(sentence: string): Codec<Nothing> {
  return { form: `\`${sentence}\``, encode: () => [latin1(sentence)], decode: () => ({}) };
}

/** One of a few words, each of which means something. */
export function word<Meaning>(words: ReadonlyMap<string, Meaning>): Codec<Meaning> {
  return {
    form: [...words.keys()].map((text) => `\`${text}\``).join(' or '),
    encode(value) {
      const text = [...words].find(([, meaning]) => meaning === value)?.[0];
      if (text === undefined) throw new MusterError(3018, `no word for ${String(value)}`);
      return [latin1(text)];
    },
    decode(payload) {
      const meaning = words.get(bufferOf(payload).toString('latin1', 0, WAZUH4_MAX_ID_BYTES));
      if (meaning === undefined) throw unfit('an unknown word');
      return meaning;
    },
  };
}

/** However it is written, so many characters fit. */
const MAX_SENT_CHARS = Math.floor(WAZUH4_MAX_TEXT_BYTES / 3);

/** A text in UTF-8 for a person; a longer one is cut. */
export const text: Codec<string> = {
  form: 'text',
  encode: (value) => [Buffer.from(value.slice(0, MAX_SENT_CHARS).toWellFormed())],
  decode(payload) {
    if (payload.length > WAZUH4_MAX_TEXT_BYTES)
      throw new MusterError(3113, `a text of ${payload.length} bytes`);
    return bufferOf(payload).toString();
  },
};

/** A text that has to match. */
function matching(form: string, pattern: RegExp, maxBytes: number): Codec<string> {
  return {
    form,
    encode(value) {
      if (!pattern.test(value)) throw new MusterError(3018, `not a ${form}: ${JSON.stringify(shown(value))}`);
      return [Buffer.from(value)];
    },
    decode(payload) {
      if (payload.length > maxBytes) throw unfit(`a ${form} of ${payload.length} bytes`);
      const value = bufferOf(payload).toString();
      // Bytes that are no UTF-8 would come back as others.
      if (!pattern.test(value) || value.includes('\ufffd'))
        throw unfit(`not a ${form}: ${JSON.stringify(shown(value))}`);
      return value;
    },
  };
}

/** Of a task, a request or a local client: the originals use UUIDs and decimal numbers. */
export const identifier = (form: string) =>
  matching(form, /^[A-Za-z0-9][A-Za-z0-9._:-]*$/, WAZUH4_MAX_ID_BYTES);

/** A name as somebody claims it; whether a node may be called so is not decided here. */
export const claimedName = (form: string) => matching(form, /^[^\s\p{Cc}]+$/u, WAZUH4_MAX_NAME_BYTES);

/**
 * A path below the home, without spaces: the first one would end it. Some commands write it with a slash in front. Throws
 * 3114 for one that is not plain; who takes it decides whether it may be written there.
 */
export function path(form: string, front: '/' | ''): Codec<string> {
  const plain = matching(form, /^[^\s\p{Cc}]+$/u, WAZUH4_MAX_PATH_BYTES);
  return {
    form,
    encode: (value) => plain.encode(front + value),
    decode(payload) {
      const value = plain.decode(payload);
      const names = value.split('/');
      if (front === '/' && names.shift() !== '') throw unfit(`a ${form} that does not begin with a slash`);
      if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\\')))
        throw new MusterError(3114, `${JSON.stringify(shown(value))}: it is not a plain path below the home`);
      return names.join('/');
    },
  };
}

/** A path of the file system itself. */
export const absolutePath = matching('/path', /^\/[^\s\p{Cc}]*$/u, WAZUH4_MAX_PATH_BYTES);

/** A whole number in decimal digits. */
export function decimal(form: string, max: number): Codec<number> {
  const digits = matching(form, /^\d{1,16}$/, 16);
  return {
    form,
    encode(value) {
      if (!Number.isSafeInteger(value) || value < 0) throw new MusterError(3018, `bad ${form} ${value}`);
      return digits.encode(String(value));
    },
    decode(payload) {
      const value = Number(digits.decode(payload));
      if (value > max) throw new MusterError(3113, `${form} ${value}, at most ${max} is allowed`);
      return value;
    },
  };
}

/** The same, or null, for which these words stand. */
export function or<Value>(codec: Codec<Value>, words: string): Codec<Value | null> {
  const instead = latin1(words);
  return {
    form: `${codec.form} or \`${words}\``,
    encode: (value) => (value === null ? [instead] : codec.encode(value)),
    decode: (payload) => (instead.equals(payload) ? null : codec.decode(payload)),
  };
}

/** Why there is no value, in the words of the peer. */
export interface Unsent {
  readonly failure: string;
}

const FAILURE = latin1('Error');

/** The same, or why there is none: the originals name what they were told when they asked for it, and do not look at that. */
export function orFailure<Value>(codec: Codec<Value>): Codec<Value | Unsent> {
  const isUnsent = (value: Value | Unsent): value is Unsent =>
    typeof value === 'object' && value !== null && 'failure' in value;
  return {
    form: `${codec.form} or \`Error\` text`,
    encode: (value) => (isUnsent(value) ? text.encode(value.failure) : codec.encode(value)),
    decode: (payload) =>
      FAILURE.equals(payload.subarray(0, FAILURE.length))
        ? { failure: text.decode(payload) }
        : codec.decode(payload),
  };
}

/** One value under a name. */
export function field<Key extends string, Value>(
  key: Key,
  codec: Codec<Value>,
): Codec<{ readonly [K in Key]: Value }> {
  return {
    form: codec.form,
    encode: (value) => codec.encode(value[key]),
    decode: (payload) => ({ [key]: codec.decode(payload) }) as { readonly [K in Key]: Value },
  };
}

/** Two values with a space between them; the second may hold spaces. */
export function pair<First, Second>(first: Codec<First>, second: Codec<Second>): Codec<First & Second> {
  const space = latin1(' ');
  return {
    form: `${first.form} ${second.form}`,
    encode: (value) => [...first.encode(value), space, ...second.encode(value)],
    decode(payload) {
      const at = payload.indexOf(SPACE);
      if (at < 0) throw unfit(`no space in ${payload.length} bytes`);
      return { ...first.decode(payload.subarray(0, at)), ...second.decode(payload.subarray(at + 1)) };
    },
  };
}

/** So many bytes. */
export function exactly(form: string, sizeBytes: number): Codec<Uint8Array> {
  return {
    form,
    encode(value) {
      if (value.length !== sizeBytes) throw new MusterError(3018, `${form}: ${value.length} bytes`);
      return [value];
    },
    decode(payload) {
      if (payload.length !== sizeBytes) throw unfit(`${form}: ${payload.length} bytes`);
      return payload;
    },
  };
}

/**
 * JSON that fits a schema. `written` makes of a value what is to be written, where that is not the value itself;
 * `maxBytes` and `maxValues`: where there are fewer than any message may have. It is parsed on the thread that serves
 * everybody.
 */
export function json<Schema extends z.ZodType>(
  form: string,
  schema: Schema,
  {
    written = (value) => value,
    maxBytes = MAX_MESSAGE_BYTES,
    maxValues,
  }: { written?: (value: z.infer<Schema>) => unknown; maxBytes?: number; maxValues?: number } = {},
): Codec<z.infer<Schema>> {
  return {
    form,
    encode: (value) => [encodeObjects(written(value))],
    decode(payload) {
      checkLength(payload, maxBytes, form);
      return check(schema, decodeObjects(payload, maxValues), form);
    },
  };
}

function checkLength({ length }: Uint8Array, maxBytes: number, form: string): void {
  if (length > maxBytes)
    throw new MusterError(3113, `${form}: ${length} bytes; at most ${maxBytes} are read`);
}

/** An exception, and nothing else. */
export const exception: Codec<WazuhException> = {
  form: 'exception',
  encode: (value) => [encodeObjects(value)],
  decode(payload) {
    checkLength(payload, WAZUH4_MAX_FAILURE_BYTES, 'exception');
    const value = decodeObjects(payload, MAX_REQUEST_VALUES);
    if (!(value instanceof WazuhException)) throw unfit('an exception was to come');
    return value;
  },
};
