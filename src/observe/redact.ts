/** Stands where a secret stood. */
export const CENSORED = '[redacted]';

/** A field whose name ends with one of these words holds a secret: `key`, `acceptedKeys`, `raw_key`. */
const SECRET_WORDS: readonly string[] = ['key', 'keys', 'psk', 'password', 'secret', 'token'];
const BETWEEN_WORDS = /[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/;
/** A field of JSON with a text or a list as its value, cut off or whole. */
const JSON_FIELD = /"([^"\\]{1,64})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|\[[^\]]*\]?)/g;

export const isSecretName = (name: string) =>
  SECRET_WORDS.includes(name.split(BETWEEN_WORDS).at(-1)?.toLowerCase() ?? '');

/** Takes out of JSON within a text what fields with such names hold. */
export const withoutSecretFields = (text: string) =>
  text.includes('"')
    ? text.replace(JSON_FIELD, (whole, name: string, colon: string) =>
        isSecretName(name) ? `"${name}"${colon}"${CENSORED}"` : whole,
      )
    : text;

/** The same for the log, which looks for fields by their whole names. */
export const SECRET_FIELDS: readonly string[] = [...SECRET_WORDS, 'acceptedKeys', 'accepted_keys'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** A shorter text is no secret, and replacing it would garble the log. */
const MIN_SECRET_CHARS = 8;

/** Takes known secrets out of texts, wherever they stand. */
export class Redactor {
  #secrets: string[] = [];

  /** Tells of secrets. Those that JSON would escape are also looked for in their escaped form. */
  add(secrets: readonly string[]): void {
    const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    const known = new Set([...this.#secrets, ...forms.filter((form) => form.length >= MIN_SECRET_CHARS)]);
    // The longest first: one secret may begin with another.
    this.#secrets = [...known].sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, CENSORED);
    }
    return clean;
  }
}
