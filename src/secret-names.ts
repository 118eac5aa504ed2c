/** Stands where a secret stood. */
export const CENSORED = '[redacted]';

/** A field whose name ends with one of these words holds a secret: `key`, `acceptedKeys`, `raw_key`. */
const SECRET_WORDS: readonly string[] = [
  'key',
  'keys',
  'psk',
  'password',
  'passphrase',
  'passwd',
  'pass',
  'pwd',
  'secret',
  'secrets',
  'token',
  'credential',
  'credentials',
  'authorization',
];
const BETWEEN_WORDS = /[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/;
/** Most names are none, and need no more than this look. */
const MAY_BE_SECRET = new RegExp(`(?:${SECRET_WORDS.join('|')})$`, 'i');
/** A text without any of these holds none; a name in JSON may also be written by numbers. */
const MAY_HOLD_SECRETS = new RegExp(`${SECRET_WORDS.join('|')}|\\\\u`, 'i');
/** What JSON begins with that can have fields in it. */
const BEGIN_OF_JSON = /^\s*["[{]/;
/** The name of a field and its colon. In JSON within JSON both quotes have the same number of backslashes before them. */
const FIELD = /(?<!\\)(\\*)"([^"\\]{1,64})\1"\s*:\s*/g;
const NULL = /^null\b/;

export const isSecretName = (name: string): boolean =>
  MAY_BE_SECRET.test(name) && SECRET_WORDS.includes(name.split(BETWEEN_WORDS).at(-1)?.toLowerCase() ?? '');

/**
 * Takes out of a text what fields with such names hold: of one that is JSON whatever they are and however deep, JSON in
 * its texts too; of others, and of JSON that is cut off, where the text has fields as JSON writes them.
 */
export function withoutSecretFields(text: string): string {
  if (!text.includes('"') || !MAY_HOLD_SECRETS.test(text)) return text;
  if (!BEGIN_OF_JSON.test(text)) return withoutFieldsIn(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Cut off, or something else that begins so.
    return withoutFieldsIn(text);
  }
  const whole = { value };
  return hideIn(whole) ? JSON.stringify(whole.value) : text;
}

/** Takes secrets out of what JSON has said; false if there are none. */
function hideIn(parent: object): boolean {
  const members = parent as Record<string, unknown>;
  let isChanged = false;
  for (const [name, value] of Object.entries(members)) {
    if (isSecretName(name) && value !== null) members[name] = CENSORED;
    else if (typeof value === 'string') members[name] = withoutSecretFields(value);
    else if (typeof value === 'object' && value !== null && hideIn(value)) isChanged = true;
    if (members[name] !== value) isChanged = true;
  }
  return isChanged;
}

/** The same where the text is not JSON as a whole. */
function withoutFieldsIn(text: string): string {
  let clean = '';
  let from = 0;
  FIELD.lastIndex = 0;
  for (let field = FIELD.exec(text); field !== null; field = FIELD.exec(text)) {
    const [, slashes = '', name = ''] = field;
    const at = FIELD.lastIndex;
    if (!isSecretName(name) || NULL.test(text.slice(at, at + 5))) continue;
    const quote = `${slashes}"`;
    clean += text.slice(from, at) + quote + CENSORED + quote;
    from = endOfValue(text, at, slashes.length);
    FIELD.lastIndex = from;
  }
  return clean + text.slice(from);
}

/** Where a value of JSON ends that begins here; the end of the text where that is cut off. */
function endOfValue(text: string, from: number, slashes: number): number {
  const quote = `${'\\'.repeat(slashes)}"`;
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (text.startsWith(quote, at)) {
      at = endOfText(text, at + quote.length, slashes) - 1;
      if (depth === 0) return at + 1;
    } else if (sign === '{' || sign === '[') depth += 1;
    else if (sign === '}' || sign === ']') {
      depth -= 1;
      if (depth <= 0) return depth === 0 ? at + 1 : at;
    } else if (depth === 0 && (sign === ',' || /\s/.test(sign))) return at;
  }
  return text.length;
}

/**
 * Where a text within JSON ends that begins here: behind the quote that is its own. JSON in a text doubles the backslashes
 * of what it holds, and puts one before each quote: so many more, or a multiple, stand before quotes that are of the text.
 */
function endOfText(text: string, from: number, slashes: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = 0;
    while (at - before > from && text.charAt(at - before - 1) === '\\') before += 1;
    if (before % (2 * (slashes + 1)) === slashes) return at + 1;
  }
  return text.length;
}
