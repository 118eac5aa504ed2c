import type { Plain } from './records.ts';

/** How deep a value is followed. */
export const MAX_DEPTH = 8;
/** Members of one list or record that are shown. */
export const MAX_MEMBERS = 200;
/** Characters of one text that are shown. */
export const MAX_TEXT_CHARS = 2_000;
/** Stands for what was left out, so that nobody takes a part for the whole. */
export const CUT = '…';

/** Names of fields that hold keys. */
const SECRETS = new Set(['key', 'acceptedKeys', 'accepted_keys', 'psk', 'password', 'secret', 'token']);
const HIDDEN = '[redacted]';

/**
 * A value as JSON can say it, with secrets hidden: functions are left out, actors are their names, errors their code and
 * text, bytes their number. `redact` takes known secrets out of texts.
 */
export function plainOf(value: unknown, redact: (text: string) => string, depth = 0): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return textOf(value, redact);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object') return String(typeof value === 'function' ? '[function]' : value);
  if (depth >= MAX_DEPTH) return CUT;
  return objectOf(value, (part) => plainOf(part, redact, depth + 1), redact);
}

function textOf(text: string, redact: (text: string) => string): string {
  const clean = redact(text);
  return clean.length > MAX_TEXT_CHARS ? `${clean.slice(0, MAX_TEXT_CHARS)}${CUT}` : clean;
}

function objectOf(value: object, plain: (part: unknown) => Plain, redact: (text: string) => string): Plain {
  if (isActor(value)) return { actor: value.sessionId, id: value.id };
  if (value instanceof Error) {
    const { code } = value as { code?: unknown };
    return { code: typeof code === 'number' ? code : null, message: textOf(value.message, redact) };
  }
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

function listOf(members: readonly unknown[], plain: (part: unknown) => Plain): Plain {
  const shown = members.slice(0, MAX_MEMBERS).map(plain);
  return members.length > MAX_MEMBERS ? [...shown, CUT] : shown;
}

function recordOf(members: readonly [string, unknown][], plain: (part: unknown) => Plain): Plain {
  const shown = members
    .slice(0, MAX_MEMBERS)
    .filter(([, part]) => part !== undefined && typeof part !== 'function')
    .map(([name, part]): [string, Plain] => [
      name,
      SECRETS.has(name) && typeof part === 'string' ? HIDDEN : plain(part),
    ]);
  return Object.fromEntries(members.length > MAX_MEMBERS ? [...shown, [CUT, CUT]] : shown);
}

const isActor = (value: object): value is { sessionId: string; id: string } =>
  'sessionId' in value && 'getSnapshot' in value;
