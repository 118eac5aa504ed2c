import { CENSORED } from '../secret-names.ts';

/**
 * Fields that the log hides. It looks for whole names, so those of several words are listed; each costs every line its
 * time, so that no more are listed than what is logged may have.
 */
export const SECRET_FIELDS: readonly string[] = [
  'key',
  'keys',
  'psk',
  'password',
  'secret',
  'token',
  'acceptedKeys',
  'accepted_keys',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

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
