import { Buffer } from 'node:buffer';
import { CONNECTION_STATUSES, GROUP_CONFIG_STATUSES, INFO_COLUMNS, NUMBER_COLUMNS } from './columns.ts';
import { MAX_CHUNK_BYTES, MAX_PROFILE_CHARS, NEAR_CHARS } from './limits.ts';
import type { AgentLabel } from './store.ts';

/** An agent of a chunk that may be written: its fields have the types of their columns. */
export interface InfoObject {
  readonly id: number;
  readonly last_keepalive?: number;
  readonly labels?: readonly AgentLabel[];
  /** Digest of everything that a keepalive does not change. Without a name beside it, it stands for that. */
  readonly profile?: string;
  readonly [column: string]: unknown;
}

/** A chunk that was looked through. */
export interface ParsedChunk {
  readonly agents: readonly InfoObject[];
  /** What was wrong with the others. */
  readonly errors: readonly string[];
  /** Seconds that the sender's clock may be behind at most, where it does not tell: see `latestS`. Else null. */
  readonly mostBehindS: number | null;
}

/** Clocks by which the times of a chunk are understood, in seconds since the epoch. */
export interface ChunkClock {
  /** This node's. */
  readonly nowS: number;
  /** How far the sender's clock is behind it; null if it does not tell. */
  readonly behindS: number | null;
}

/**
 * Reads a chunk of agents that another node sent, with its times by the clock of this one. What is wrong with one agent
 * leaves the others.
 */
export function parseInfoChunk(chunk: string, clock: ChunkClock): ParsedChunk {
  let list: unknown;
  try {
    list = JSON.parse(chunk);
  } catch {
    return refused(`the chunk is not JSON: ${JSON.stringify(chunk.slice(0, NEAR_CHARS))}`);
  }
  if (!Array.isArray(list)) return refused('the chunk is no list of agents');
  const agents: InfoObject[] = [];
  const errors: string[] = [];
  for (const [index, item] of list.entries()) {
    const complaint = complaintAbout(item);
    if (complaint === null) agents.push(inOwnTime(item as InfoObject, clock));
    else errors.push(`${nameOf(item, index)}: ${complaint}`);
  }
  return { agents, errors, mostBehindS: clock.behindS === null ? mostBehindS(agents, clock.nowS) : null };
}

const refused = (complaint: string): ParsedChunk => ({ agents: [], errors: [complaint], mostBehindS: null });

/** No keepalive that came was in the future: the newest one tells how far a clock that nobody told can be behind at most. */
function mostBehindS(agents: readonly InfoObject[], nowS: number): number {
  const newestS = agents.reduce((newest, { last_keepalive: seenS = 0 }) => Math.max(newest, seenS), 0);
  return newestS === 0 ? 0 : nowS - newestS;
}

/**
 * When an agent that a node tells of was last seen, for finding out who is right about it. Where the node does not tell its
 * clock, one that is connected there counts as late as it may have been: a report of that is old only if it is for certain.
 * Who tells no clock tells each report once, so an agent that has gone does not come back by it. Of two that both say that
 * they have it, the one that hears of it next is believed.
 */
export const latestS = (agent: InfoObject, mostBehindS: number | null): number => {
  const { last_keepalive: seenS = 0, connection_status: status } = agent;
  return mostBehindS !== null && seenS > 0 && status === 'active' ? seenS + mostBehindS : seenS;
};

/**
 * The newer keepalive wins, so a time from a clock that goes wrong would keep all later ones out. None lies in the future.
 */
function inOwnTime(agent: InfoObject, { nowS, behindS }: ChunkClock): InfoObject {
  const { last_keepalive: seenS = 0, disconnection_time: lostS } = agent;
  const laterS = behindS ?? 0;
  if (laterS === 0 && seenS <= nowS) return agent;
  const own: Record<string, unknown> = {};
  if (agent.last_keepalive !== undefined) own.last_keepalive = Math.min(seenS + laterS, nowS);
  // 0 means that it is connected.
  if (typeof lostS === 'number' && lostS > 0) own.disconnection_time = Math.min(lostS + laterS, nowS);
  return { ...agent, ...own };
}

/** Why this cannot be written; null if it can. */
function complaintAbout(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return 'it is no object';
  const fields = item as Record<string, unknown>;
  // The manager itself, 0, is never told to others: each node has its own.
  if (!Number.isSafeInteger(fields.id) || (fields.id as number) < 1) return 'its id is no number above 0';
  for (const column of INFO_COLUMNS) {
    const value = fields[column];
    if (value === undefined) continue;
    const fits = NUMBER_COLUMNS.has(column) ? Number.isSafeInteger(value) : typeof value === 'string';
    if (!fits) return `${column} has the wrong type`;
  }
  const { profile } = fields;
  if (profile !== undefined && !isProfile(profile)) return 'its profile is no short text';
  if (fields.name === undefined && profile === undefined) return 'it has no name';
  if (!CONNECTION_STATUSES.includes(fields.connection_status as string)) {
    return 'connection_status is missing or unknown';
  }
  if (!GROUP_CONFIG_STATUSES.includes(fields.group_config_status as string)) {
    return 'group_config_status is missing or unknown';
  }
  const { labels } = fields;
  if (labels === undefined) return null;
  return Array.isArray(labels) && labels.every(isLabel) ? null : 'its labels are not of their form';
}

const isProfile = (value: unknown) => typeof value === 'string' && value.length <= MAX_PROFILE_CHARS;

/** Whether this is a keepalive alone. */
export const isKeepalive = (agent: InfoObject): agent is InfoObject & { profile: string } =>
  agent.name === undefined;

export function isLabel(value: unknown): value is AgentLabel {
  if (typeof value !== 'object' || value === null) return false;
  const { id, key, value: text } = value as Record<string, unknown>;
  return typeof id === 'number' && typeof key === 'string' && typeof text === 'string';
}

function nameOf(item: unknown, index: number): string {
  const id = (item as { id?: unknown } | null)?.id;
  return typeof id === 'number' ? `agent ${id}` : `element ${index}`;
}

/** Collects rows of JSON up to the size that one chunk may have. */
export class ChunkBuilder {
  readonly #rows: string[] = [];
  #sizeBytes: number;

  /** `frameBytes`: what stands around the rows; the two brackets of a list. */
  constructor(frameBytes = 2) {
    this.#sizeBytes = frameBytes;
  }

  get rows(): readonly string[] {
    return this.#rows;
  }

  /** False if the row does not fit any more; it is not added then. */
  add(row: string): boolean {
    const rowBytes = Buffer.byteLength(row) + 1;
    if (!this.fits(rowBytes)) return false;
    this.#sizeBytes += rowBytes;
    this.#rows.push(row);
    return true;
  }

  /** Whether so many more bytes would fit. */
  fits(bytes: number): boolean {
    return this.#sizeBytes + bytes < MAX_CHUNK_BYTES;
  }

  /** The rows as a list. */
  toString(): string {
    return `[${this.#rows.join(',')}]`;
  }
}
