import { CENSORED, isSecretName, withoutSecretFields } from '../secret-names.ts';
import type { Plain } from './records.ts';

/** How deep a value is followed. */
export const MAX_DEPTH = 8;
/** Members of one list or record that are shown. */
export const MAX_MEMBERS = 200;
/** Characters of one text that are shown. */
export const MAX_TEXT_CHARS = 2_000;
/** Name of the one field that stands where something was left out, so that nobody takes a part for the whole. */
export const CUT = '[cut]';

/**
 * A value as JSON can say it, with secrets hidden: functions are left out, actors are their names, errors what failures are
 * made of, bytes their number. `redact` takes known secrets out of texts. What is too long or too deep has a field `CUT`.
 */
export function plainOf(value: unknown, redact: (text: string) => string, depth = 0): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return textOf(value, redact);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object') return String(typeof value === 'function' ? '[function]' : value);
  if (depth >= MAX_DEPTH) return { [CUT]: 'too deep' };
  return objectOf(value, (part) => plainOf(part, redact, depth + 1), redact);
}

function textOf(text: string, redact: (text: string) => string): Plain {
  const known = redact(text);
  if (known.length <= MAX_TEXT_CHARS) return withoutSecretFields(known);
  return { [CUT]: `${known.length} characters`, begin: withoutSecretFields(known.slice(0, MAX_TEXT_CHARS)) };
}

/** Whether a part was left out. */
export function isCut(value: Plain): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, part]) => name === CUT || isCut(part));
}

function objectOf(value: object, plain: (part: unknown) => Plain, redact: (text: string) => string): Plain {
  if (isActor(value)) return { actor: value.sessionId, id: value.id };
  if (value instanceof Error) return errorOf(value, redact);
  if (ArrayBuffer.isView(value)) return { bytes: value.byteLength };
  if (Array.isArray(value)) return listOf(value, plain);
  if (value instanceof Set) return listOf([...value], plain);
  if (value instanceof Map)
    return recordOf(
      [...value].map(([name, part]) => [String(name), part]),
      plain,
    );
  return recordOf(Object.entries(value), plain);
}

/** What `failureOf` reads. */
function errorOf(error: Error, redact: (text: string) => string): Plain {
  const { code = null, syscall, path } = error as { code?: unknown; syscall?: unknown; path?: unknown };
  return {
    code: typeof code === 'number' || typeof code === 'string' ? code : null,
    message: textOf(error.message, redact),
    ...(typeof syscall === 'string' && { syscall }),
    ...(typeof path === 'string' && { path: textOf(path, redact) }),
  };
}

function listOf(members: readonly unknown[], plain: (part: unknown) => Plain): Plain {
  const shown = members.slice(0, MAX_MEMBERS).map(plain);
  return members.length > MAX_MEMBERS ? [...shown, leftOut(members)] : shown;
}

function recordOf(members: readonly [string, unknown][], plain: (part: unknown) => Plain): Plain {
  const shown = members
    .slice(0, MAX_MEMBERS)
    .filter(([, part]) => part !== undefined && typeof part !== 'function')
    .map(([name, part]): [string, Plain] => [
      name,
      isSecretName(name) && part !== null ? CENSORED : plain(part),
    ]);
  return Object.fromEntries(
    members.length > MAX_MEMBERS ? [...shown, ...Object.entries(leftOut(members))] : shown,
  );
}

const leftOut = ({ length }: readonly unknown[]) => ({ [CUT]: `${length} members` });

const isActor = (value: object): value is { sessionId: string; id: string } =>
  'sessionId' in value && 'getSnapshot' in value;
