import { hostname } from 'node:os';
import { canonicalAddress } from '../agent-address.ts';
import { type AuthdCode, refusal, success } from '../authd-answers.ts';
import { isGroupName } from '../group-name.ts';
import { type ClientKey, formatAgentId, isAgentId } from '../key-lines.ts';
import type { KeyRegistry } from '../key-registry.ts';
import { MAX_GROUPS_PER_AGENT, MAX_KEY_CHARS } from '../limits.ts';
import { newKey } from '../new-keys.ts';
import { mayReplace } from './may-replace.ts';
import type { AddOrder, Change, JudgedOrder, Outcome } from './orders.ts';

/** What an order is carried out with. */
export interface Desk {
  readonly registry: KeyRegistry;
  readonly nowS: number;
  /** Whether `etc/shared` has a directory of this name. */
  hasGroup(name: string): boolean;
}

/** What stops an order: a refusal, or an agent of which it is not known yet whether it makes room. */
type Obstacle = { readonly refused: AuthdCode } | { readonly unjudged: number };

/** Carries out an order as a whole or not at all. */
export function carryOut(desk: Desk, judged: JudgedOrder): Outcome {
  const { order } = judged;
  if (order.kind === 'add') return add(desk, order, judged.facts);
  const line = desk.registry.lineOf(Number(order.id));
  // An id is meant as it is written: 1 is not 001.
  if (line === null || !line.text.startsWith(`${order.id} `)) return refused(9011);
  const { agent } = line;
  if (order.kind === 'get') return { answer: success(shown(agent, order.id)), changes: [] };
  desk.registry.remove(agent.id, { isPurged: order.isPurged });
  return { answer: success('Agent deleted successfully.'), changes: [{ kind: 'removed', id: agent.id }] };
}

function add(desk: Desk, order: AddOrder, facts: JudgedOrder['facts']): Outcome {
  const { registry, nowS } = desk;
  const found = makeRoom(desk, order, facts);
  if ('refused' in found) return refused(found.refused);
  if ('unjudged' in found) return found;
  const agent: ClientKey = {
    id: order.id ?? registry.nextId,
    name: order.name,
    ip: canonicalAddress(order.ip),
    key: order.key ?? newKey(),
  };
  if (!isAgentId(agent.id)) return refused(9013);
  if (!isKey(agent.key)) return refused(9009);
  const changes: Change[] = found.replaced.map((id) => ({ kind: 'removed', id }));
  for (const id of found.replaced) registry.remove(id);
  registry.add(agent);
  changes.push({ kind: 'added', agent: { ...agent, groups: order.groups, dateAddS: nowS } });
  return { answer: success(shown(agent)), changes };
}

/**
 * The agents that make room, if all that are in the way do; in the order in which authd looks. Nothing is removed for an
 * agent that is refused in the end.
 */
function makeRoom(
  desk: Desk,
  order: AddOrder,
  facts: JudgedOrder['facts'],
): Obstacle | { readonly replaced: readonly number[] } {
  const { registry } = desk;
  const { id, ip, name } = order;
  if (!areGroups(desk, order.groups)) return { refused: 9014 };
  const inTheWay = [
    // Of a removed agent there is only its id, which makes no room: ids are not used again.
    { taken: id !== null && (id === 0 || registry.isTaken(id)) ? id : null, code: 9012 },
    { taken: registry.idWithAddress(ip), code: 9007 },
    { taken: name === hostname() ? 0 : registry.idWithName(name), code: 9008 },
  ] as const;
  const replaced = new Set<number>();
  for (const { taken, code } of inTheWay) {
    if (taken === null || replaced.has(taken)) continue;
    const agent = registry.lineOf(taken)?.agent;
    if (agent === undefined || !order.force.enabled) return { refused: code };
    const known = facts.get(taken);
    if (known === undefined) return { unjudged: taken };
    const { force, keyHash: toldHash } = order;
    if (known === null || !mayReplace(agent, { force, facts: known, toldHash, nowS: desk.nowS })) {
      return { refused: code };
    }
    replaced.add(taken);
  }
  return { replaced: [...replaced] };
}

const areGroups = (desk: Desk, names: readonly string[]) =>
  names.length <= MAX_GROUPS_PER_AGENT && names.every((name) => isGroupName(name) && desk.hasGroup(name));

/** A key that stands to the end of a line, and is read again as it was. */
const isKey = (key: string) => key.length <= MAX_KEY_CHARS && /^[\x21-\x7e]+$/.test(key);

/** An agent as answers show it. */
const shown = ({ id, name, ip, key }: ClientKey, idText = formatAgentId(id)) => ({
  id: idText,
  name,
  ip,
  key,
});

const refused = (code: AuthdCode): Outcome => ({ answer: refusal(code), changes: [] });
