import { z } from 'zod';

/** What a reader of the documentation wants to know about one setting. */
export interface SettingDoc {
  /** What the setting decides. */
  about: string;
  /** Unit of the value, `—` where it has none. */
  unit: string;
  /** The values that are accepted, in words; also stands in error messages. */
  allowed: string;
  /** What holds when the setting is absent, as it would be written in the file. */
  default: string;
  /** `Raise it and …`, or what the other value does. */
  raise: string;
  /** `Lower it and …`; empty where only one direction makes sense. */
  lower: string;
}

/** Where each schema's documentation is kept; `docs/configuration.md` and the error messages are made from it. */
export const settingDocs = z.registry<SettingDoc>();

interface Consequences {
  about: string;
  raise: string;
  lower: string;
}

interface Range extends Consequences {
  default: number;
  min: number;
  max: number;
}

/** A week: no interval of a cluster is longer, and timers of the runtime end at 24.8 days. */
export const MAX_INTERVAL_SECONDS = 604_800;

/** A duration. Fractions are allowed, so that tests and small clusters may be quick. */
export function seconds(o: Omit<Range, 'max' | 'min'> & { min?: number; max?: number }) {
  return fraction('seconds', { min: 0.001, max: MAX_INTERVAL_SECONDS, ...o });
}

/** A part of a whole. */
export function share(o: Range) {
  return fraction('share', o);
}

function fraction(unit: string, o: Range) {
  const doc = { ...consequences(o), unit, allowed: `a number from ${o.min} to ${o.max}` };
  return z
    .number()
    .min(o.min)
    .max(o.max)
    .default(o.default)
    .register(settingDocs, { ...doc, default: String(o.default) });
}

/** A whole number of things or of bytes. */
export function whole(unit: string, o: Range) {
  const doc = { ...consequences(o), unit, allowed: `a whole number from ${o.min} to ${o.max}` };
  return z
    .int()
    .min(o.min)
    .max(o.max)
    .default(o.default)
    .register(settingDocs, { ...doc, default: String(o.default) });
}

/** Yes or no. */
export function flag(o: Consequences & { default: boolean }) {
  const doc = { ...consequences(o), unit: '—', allowed: '`true` or `false`', default: String(o.default) };
  return z.boolean().default(o.default).register(settingDocs, doc);
}

/** Any schema, with its documentation spelled out. */
export function documented<S extends z.ZodType>(
  schema: S,
  doc: Partial<SettingDoc> & { about: string; allowed: string; default: string },
): S {
  settingDocs.add(schema, { unit: '—', raise: '', lower: '', ...doc });
  return schema;
}

function consequences(o: Consequences): Consequences {
  return { about: o.about, raise: o.raise, lower: o.lower };
}
