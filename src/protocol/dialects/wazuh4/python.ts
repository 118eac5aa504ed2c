/** A number that is one with a fraction in Python, and written as such: 1.0. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Smaller and larger numbers have an exponent in Python. */
const [LOWEST_FIXED, ABOVE_FIXED] = [1e-4, 1e16];
/** What Python escapes beside what everybody does. */
const NOT_ASCII = /[^ -~]/g;

/**
 * JSON as Python's default encoder writes it: a space behind commas and colons, everything that is not ASCII escaped.
 * Keys whose value is undefined are left out. Of numbers, those with a fraction and every `Float` are written as Python
 * writes floats. Throws a TypeError for what is no JSON, as a number that is not finite.
 */
export function pythonJson(value: unknown): string {
  if (value === null) return 'null';
  if (value === true || value === false) return String(value);
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return numeral(value);
  if (value instanceof Float) return pythonFloat(value.value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object') throw new TypeError(`no JSON: ${typeof value}`);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([key, field]) => `${quoted(key)}: ${pythonJson(field)}`).join(', ')}}`;
}

const quoted = (text: string) => JSON.stringify(text).replaceAll(NOT_ASCII, unicode);

const unicode = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const numeral = (value: number): string =>
  Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value);

/** A float as Python writes it: the fewest digits that give the same number, always with a point or an exponent. */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (size >= LOWEST_FIXED && size < ABOVE_FIXED) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (!Number.isFinite(value)) throw new TypeError(`no JSON: ${value}`);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** How Python shows bytes: `b'echo'`. The originals put that into texts of errors. */
export function pythonBytes(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const shown = text.replaceAll(/[\\'"]|[^ -~]/g, (character) => shownByte(character, quote));
  return `b${quote}${shown}${quote}`;
}

function shownByte(character: string, quote: string): string {
  if (character === '\\' || character === quote) return `\\${character}`;
  if (character === "'" || character === '"') return character;
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
