import { isAgentAddress } from './agent-address.ts';
import { AGENT_ID_DIGITS, MAX_AGENT_ID, MAX_KEY_CHARS } from './limits.ts';

/** An agent that may connect, as `etc/client.keys` has it. */
export interface ClientKey {
  readonly id: number;
  readonly name: string;
  /** `any`, an address, or a network. */
  readonly ip: string;
  readonly key: string;
}

/** A line of the file. All of them are kept, whether they can be read or not. */
export interface KeyLine {
  readonly text: string;
  /** Null for lines that cannot be read, and for comments. */
  readonly agent: ClientKey | null;
  readonly isRemoved: boolean;
  /** What is wrong with it; null if nothing is. */
  readonly complaint: string | null;
  /** The id that it takes, also where the rest cannot be read; null if it takes none. */
  readonly id: number | null;
}

/** Removed agents have a mark before their name. */
const LINE = /^(\d+) ([!#]?)([^\s!#]\S*) (\S+) (.+)$/;
const REMOVED_MARK = '!';
const LEADING_ID = /^\d+(?= |$)/;

/** The lines, one after the other: line 1 first. */
export function* keyLinesOf(text: string): Generator<KeyLine, void> {
  const ids = new Set<number>();
  for (let start = 0; start < text.length; ) {
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed === -1 ? text.length : lineFeed;
    const line = parseLine(text.slice(start, end), ids);
    if (line.agent !== null) ids.add(line.agent.id);
    yield line;
    start = end + 1;
  }
}

function parseLine(text: string, earlierIds: ReadonlySet<number>): KeyLine {
  const found = LINE.exec(text);
  if (found === null) {
    const saysNothing = text === '' || text.startsWith('#') || text.startsWith(' ');
    return saysNothing ? unread(text, null) : unread(text, 'it is not of the form ID NAME ADDRESS KEY');
  }
  const [, digits = '', mark, name = '', ip = '', key = ''] = found;
  const id = Number(digits);
  if (digits.length < AGENT_ID_DIGITS) return unread(text, `its id has less than ${AGENT_ID_DIGITS} digits`);
  if (!isAgentId(id)) return unread(text, `its id is not from 1 to ${MAX_AGENT_ID}`);
  if (earlierIds.has(id)) return unread(text, 'its id stands on an earlier line');
  if (!isAgentAddress(ip)) return unread(text, 'its address is none');
  if (key.length > MAX_KEY_CHARS) return unread(text, `its key is longer than ${MAX_KEY_CHARS} characters`);
  return { text, agent: { id, name, ip, key }, isRemoved: mark !== '', complaint: null, id };
}

function unread(text: string, complaint: string | null): KeyLine {
  const id = Number(LEADING_ID.exec(text)?.[0] ?? Number.NaN);
  return { text, agent: null, isRemoved: false, complaint, id: isAgentId(id) ? id : null };
}

/** Whether an agent may have this id; 0 is the manager itself. */
export function isAgentId(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= MAX_AGENT_ID;
}

/** `001` */
export function formatAgentId(id: number): string {
  return String(id).padStart(AGENT_ID_DIGITS, '0');
}

/** The line of an agent. */
export function keyLine(agent: ClientKey): KeyLine {
  const { id, name, ip, key } = agent;
  const text = `${formatAgentId(id)} ${name} ${ip} ${key}`;
  return { text, agent, isRemoved: false, complaint: null, id };
}

/** The line of an agent that is no more: marked, so that its id stays taken. */
export function removedLine(line: KeyLine): KeyLine {
  return { ...line, text: line.text.replace(' ', ` ${REMOVED_MARK}`), isRemoved: true };
}

/** What stands in place of name, address and key where they are to be forgotten. The id stays: it would be given again. */
const FORGOTTEN = `purged any ${'0'.repeat(64)}`;

/** The same where nothing of the agent but its id is to be kept. */
export function purgedLine(line: KeyLine): KeyLine {
  const [id = ''] = line.text.split(' ');
  return { ...line, text: `${id} ${REMOVED_MARK}${FORGOTTEN}`, isRemoved: true };
}

/** The file: removed agents stand at its end. */
export function formatKeyLines(lines: readonly KeyLine[]): string {
  const present = lines.filter(({ isRemoved }) => !isRemoved);
  const removed = lines.filter(({ isRemoved }) => isRemoved);
  return [...present, ...removed].map(({ text }) => `${text}\n`).join('');
}
