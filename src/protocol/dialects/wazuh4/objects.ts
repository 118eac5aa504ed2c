import { z } from 'zod';
import { MusterError } from '../../errors.ts';
import { MAX_SHORT_TEXT_CHARS } from '../../limits.ts';
import { check } from '../check.ts';
import { parseJson } from './json.ts';
import { pythonJson } from './python.ts';

/** A JSON object of a peer, without the key `__proto__`. */
export type JsonObject = { readonly [key: string]: unknown };

/** The name of a function of the original. It is text: nothing is ever imported or called by it. */
export class Callable {
  readonly name: string;
  readonly module: string;
  readonly qualname: string;
  readonly type: string;
  /** The state that a bound method brings along; undefined for others. */
  readonly bound: JsonObject | undefined;

  constructor(parts: { name: string; module: string; qualname: string; type: string; bound?: JsonObject }) {
    this.name = parts.name;
    this.module = parts.module;
    this.qualname = parts.qualname;
    this.type = parts.type;
    this.bound = parts.bound;
  }
}

/** An error of the original. Its text is not among the fields: both ends make it of the code. */
export class WazuhException {
  readonly className: string;
  readonly title: string;
  readonly code: number;
  readonly extraMessage: string | JsonObject | null;
  readonly extraRemediation: string | null;
  /** True: the extra message is all there is to say. */
  readonly cmdError: boolean;
  /** What failed on which node. */
  readonly dapiErrors: JsonObject;
  /** What it is about; undefined for classes that have no such list. */
  readonly ids: readonly (string | number)[] | undefined;

  constructor(parts: {
    className: string;
    title: string;
    code: number;
    extraMessage?: string | JsonObject | null;
    extraRemediation?: string | null;
    cmdError?: boolean;
    dapiErrors?: JsonObject;
    ids?: readonly (string | number)[] | undefined;
  }) {
    this.className = parts.className;
    this.title = parts.title;
    this.code = parts.code;
    this.extraMessage = parts.extraMessage ?? null;
    this.extraRemediation = parts.extraRemediation ?? null;
    this.cmdError = parts.cmdError ?? false;
    this.dapiErrors = parts.dapiErrors ?? {};
    this.ids = parts.ids;
  }
}

/** A result of the distributed API. */
export class WazuhResult {
  readonly className: string;
  readonly object: JsonObject;

  constructor(className: string, object: JsonObject) {
    this.className = className;
    this.object = object;
  }
}

/** A date, ISO 8601. */
export class WazuhDate {
  readonly iso: string;

  constructor(iso: string) {
    this.iso = iso;
  }
}

/** An exception of Python's own. The originals evaluate its name as code; here it is text. */
export class UnhandledException {
  readonly className: string;
  readonly args: readonly unknown[];

  constructor(className: string, args: readonly unknown[]) {
    this.className = className;
    this.args = args;
  }
}

const name = z.string().max(MAX_SHORT_TEXT_CHARS);
const object = z.record(z.string(), z.unknown());
const callable = z.object({ __name__: name, __module__: name, __qualname__: name, __type__: name });
const id = z.union([z.string(), z.number()]);

const exceptionFields = z.object({
  type: z.string().optional(),
  title: name,
  code: z.int(),
  extra_message: z.union([z.string(), object]).nullish(),
  extra_remediation: z.string().nullish(),
  cmd_error: z.boolean().optional(),
  dapi_errors: object.nullish(),
  ids: z.array(id).optional(),
});
const classed = z.object({ __class__: name, __object__: object });
const unhandled = z.object({ __class__: name, __args__: z.array(z.unknown()) });

/** The fields of an exception, as they stand in `__object__`. */
function exceptionOf(value: unknown): WazuhException {
  const { __class__: className, __object__: fields } = check(classed, value, '__wazuh_exception__');
  const checked = check(exceptionFields, fields, '__wazuh_exception__');
  return new WazuhException({
    className,
    title: checked.title,
    code: checked.code,
    extraMessage: checked.extra_message ?? null,
    extraRemediation: checked.extra_remediation ?? null,
    cmdError: checked.cmd_error ?? false,
    dapiErrors: checked.dapi_errors ?? {},
    ids: checked.ids,
  });
}

/** An object with one of these keys stands for something else; the first that fits counts, and other keys beside it do not. */
const readers: readonly (readonly [key: string, read: (value: unknown, whole: JsonObject) => unknown])[] = [
  [
    '__callable__',
    (value) => {
      const parts = check(callable, value, '__callable__');
      const bound = (value as JsonObject).__wazuh__;
      return new Callable({
        name: parts.__name__,
        module: parts.__module__,
        qualname: parts.__qualname__,
        type: parts.__type__,
        ...(bound === undefined ? {} : { bound: check(object, bound, '__wazuh__') }),
      });
    },
  ],
  ['__wazuh_exception__', exceptionOf],
  [
    '__wazuh_result__',
    (value) => {
      const { __class__: className, __object__: fields } = check(classed, value, '__wazuh_result__');
      return new WazuhResult(className, fields);
    },
  ],
  ['__wazuh_datetime__', (value) => new WazuhDate(check(name, value, '__wazuh_datetime__'))],
  [
    '__unhandled_exc__',
    (value) => {
      const { __class__: className, __args__: args } = check(unhandled, value, '__unhandled_exc__');
      return new UnhandledException(className, args);
    },
  ],
];

/** Reads JSON of a peer, and in it the objects that stand for others. Throws 3036, 3113; 3108 for `__proto__` and for such an object without what belongs to it. */
export function decodeObjects(bytes: Uint8Array, maxValues?: number): unknown {
  return revived(parseJson(bytes, maxValues));
}

/** The innermost first, as Python does it. Levels are limited before this runs. */
function revived(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new MusterError(3108, 'a number beyond all numbers');
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) value[i] = revived(item);
    return value;
  }
  const whole = value as Record<string, unknown>;
  if (Object.hasOwn(whole, '__proto__')) throw new MusterError(3108, 'the key "__proto__"');
  for (const key of Object.keys(whole)) whole[key] = revived(whole[key]);
  for (const [key, read] of readers) if (Object.hasOwn(whole, key)) return read(whole[key], whole);
  return whole;
}

/** Writes JSON as the originals do, with what stands for something else in their form. Throws 3018 for what is no JSON. */
export const encodeObjects = (value: unknown): Buffer => Buffer.from(textOfObjects(value), 'latin1');

/** The same as text, all of which is ASCII. */
export function textOfObjects(value: unknown): string {
  try {
    return pythonJson(plainOf(value));
  } catch (error) {
    throw MusterError.from(error, 3018);
  }
}

function plainOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Callable) return { __callable__: plainCallable(value) };
  if (value instanceof WazuhException)
    return { __wazuh_exception__: { __class__: value.className, __object__: exceptionObject(value) } };
  if (value instanceof WazuhResult)
    return { __wazuh_result__: { __class__: value.className, __object__: plainOf(value.object) } };
  if (value instanceof WazuhDate) return { __wazuh_datetime__: value.iso };
  if (value instanceof UnhandledException)
    return { __unhandled_exc__: { __class__: value.className, __args__: plainOf(value.args) } };
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainOf(field)]));
}

const plainCallable = ({ name: called, module, qualname, type, bound }: Callable): JsonObject => ({
  __name__: called,
  __module__: module,
  __qualname__: qualname,
  __type__: type,
  __wazuh__: bound === undefined ? undefined : plainOf(bound),
});

/** The fields of an exception, in the order of the originals; also what stands in the lists of failed items. */
export function exceptionObject(exception: WazuhException): JsonObject {
  return {
    type: 'about:blank',
    title: exception.title,
    code: exception.code,
    extra_message: plainOf(exception.extraMessage),
    extra_remediation: exception.extraRemediation,
    cmd_error: exception.cmdError,
    dapi_errors: plainOf(exception.dapiErrors),
    ids: exception.ids,
  };
}
