import { randomInt } from 'node:crypto';

const KEY_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const KEY_LENGTH = 32;

/** A new cluster key. */
export function makeKey(): string {
  return Array.from({ length: KEY_LENGTH }, () => KEY_CHARS[randomInt(KEY_CHARS.length)]).join('');
}
