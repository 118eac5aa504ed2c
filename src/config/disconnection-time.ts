import { MusterError } from '../protocol/errors.ts';

/** As existing installations have it where ossec.conf says nothing: ten minutes. */
export const DEFAULT_DISCONNECTION_MS = 600_000;

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** Longer than any timer has to wait for it: the age of a keepalive is compared, not waited for. */
const MAX_DISCONNECTION_MS = 3_153_600_000_000;

/**
 * `<agents_disconnection_time>` of ossec.conf: a number with a unit (s, m, h, d, w), seconds without one. Throws 3004 for
 * anything else.
 */
export function disconnectionMs(text: string | undefined, path: string): number {
  if (text === undefined) return DEFAULT_DISCONNECTION_MS;
  const [, digits, unit = ''] = /^([0-9]+)([smhdw]?)$/.exec(text) ?? [];
  const timeMs = Number(digits) * (UNIT_MS[unit] ?? Number.NaN);
  if (timeMs > 0 && timeMs <= MAX_DISCONNECTION_MS) return timeMs;
  throw new MusterError(
    3004,
    `${path}: <agents_disconnection_time> is '${text}'; allowed: a whole number above 0 with s, m, h, d or w, up to a hundred years`,
  );
}
