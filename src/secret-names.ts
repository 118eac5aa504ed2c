/** Stands where a secret stood. */
export const CENSORED = '[redacted]';

/** A field whose name ends with one of these words holds a secret: `key`, `acceptedKeys`, `raw_key`. */
export const SECRET_WORDS: readonly string[] = ['key', 'keys', 'psk', 'password', 'secret', 'token'];
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
