/** A number that is one with a fraction in Python, and written as such: 1.0. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Exponents at which Python begins to write a number with one. */
const [LOWEST_FIXED_EXPONENT, HIGHEST_FIXED_EXPONENT] = [-4, 15];
/** What JSON of Python's makes writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;
const ESCAPED = /["\\]|[^ -~]/g;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

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

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const escaped = text.replaceAll(ESCAPED, (character) => SHORT_ESCAPES[character] ?? unicode(character));
  return `"${escaped}"`;
}

const unicode = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const numeral = (value: number): string =>
  Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value);

/** A float as Python writes it: the fewest digits that give the same number, always with a point or an exponent. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`no JSON: ${value}`);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < LOWEST_FIXED_EXPONENT || power > HIGHEST_FIXED_EXPONENT) {
    const sign = power < 0 ? '-' : '+';
    return `${digits}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + fixed(digits.replace(/[-.]/g, ''), power);
}

/** Digits with the point behind so many of them. */
function fixed(digits: string, power: number): string {
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  return `${whole}.${digits.slice(power + 1) || '0'}`;
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
