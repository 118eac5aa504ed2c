import { isAgentAddress } from '../agent-address.ts';
import type { AuthdCode } from '../authd-answers.ts';
import { isAgentName } from '../new-keys.ts';
import { type AddOrder, DEFAULT_FORCE, type ForceRules, type Order } from './orders.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * An order from a message in JSON, or the code of what is wrong with it, in the order in which authd looks. Where authd
 * does not check types it has a text in mind: anything else counts as absent.
 */
export function parseOrder(message: string): Order | AuthdCode {
  const request = objectIn(message);
  if (request === null) return 9002;
  const name = textOrNull(request.function);
  if (name === null) return 9003;
  if (name !== 'add' && name !== 'remove' && name !== 'get') return 9001;
  const args = asObject(request.arguments);
  if (args === null) return 9004;
  if (name === 'add') return parseAdd(args);
  const id = textOrNull(args.id);
  if (id === null) return 9010;
  // authd takes the line out for `purge`. Here the id stays in it: it would be given again.
  return name === 'get' ? { kind: name, id } : { kind: name, id, isPurged: args.purge === true };
}

function parseAdd(args: Fields): AddOrder | AuthdCode {
  const name = textOrNull(args.name);
  // authd itself lets any name pass, and has those that it calls check it: with a space or a line feed the file would break.
  if (name === null || !isAgentName(name)) return 9005;
  const ip = textOrNull(args.ip);
  if (ip === null || !isAgentAddress(ip)) return 9006;
  const force = args.force === undefined ? DEFAULT_FORCE : parseForce(args.force);
  if (force === null) return 9002;
  const id = textOrNull(args.id);
  if (id !== null && !ID.test(id)) return 9010;
  return {
    kind: 'add',
    name,
    ip,
    groups: parseGroups(textOrNull(args.groups)),
    id: id === null ? null : Number(id),
    key: textOrNull(args.key),
    keyHash: textOrNull(args.key_hash),
    force,
  };
}

const ID = /^\d{1,8}$/;

function parseGroups(text: string | null): string[] {
  return text === null || text === '' ? [] : [...new Set(text.split(','))];
}

/** Null unless every member is there. */
function parseForce(value: unknown): ForceRules | null {
  const force = asObject(value);
  const disconnected = asObject(force?.disconnected_time);
  if (force === null || disconnected === null) return null;
  const { enabled, key_mismatch: keyMismatch } = force;
  const flags = [enabled, keyMismatch, disconnected.enabled];
  const disconnectedS = secondsIn(disconnected.value);
  const registeredS = secondsIn(force.after_registration_time);
  if (!flags.every((flag) => typeof flag === 'boolean')) return null;
  if (disconnectedS === null || registeredS === null) return null;
  return {
    enabled: enabled === true,
    keyMismatch: keyMismatch === true,
    disconnectedS: disconnected.enabled === true ? disconnectedS : null,
    registeredS,
  };
}

const UNIT_S: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** `3600`, `"3600"`, `"1h"`; null for anything else. */
function secondsIn(value: unknown): number | null {
  if (typeof value === 'number') return value >= 0 ? value : null;
  const found = typeof value === 'string' ? /^(\d{1,15})([smhd]?)$/.exec(value) : null;
  return found === null ? null : Number(found[1]) * (UNIT_S[found[2] ?? ''] ?? Number.NaN);
}

function objectIn(text: string): Fields | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null; // the answer says that it is no JSON
  }
}

const asObject = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
