import { ChunkBuilder } from '../info-chunk.ts';
import { type AgentDatabase, type Row, rowText } from './database.ts';

/** What `ok` or `due` is followed by; null for nothing. */
export interface Answered {
  readonly status: 'ok' | 'due';
  readonly payload: string | null;
}

/** A command of the actor `global`. Throws CommandError, or what SQLite says. */
export interface Command {
  /** A command that has arguments is refused without. */
  readonly args: 'none' | 'optional' | 'required';
  /** What it needs: nothing but reading, a transaction, or that there is none. */
  readonly access: 'read' | 'write' | 'alone';
  /** It changes no agent's profile, or forgets whose it does; otherwise all are forgotten when it writes. */
  readonly keepsProfiles?: boolean;
  run(database: AgentDatabase, args: string): Answered;
}

export type Commands = Readonly<Record<string, Command>>;

export const DONE: Answered = { status: 'ok', payload: null };

export const ok = (payload: string): Answered => ({ status: 'ok', payload });

/** All rows that there are. */
export const okRows = (rows: readonly Row[]): Answered => ok(`[${rows.map(rowText).join(',')}]`);

/** As many rows as one answer takes: `due` if there are more. */
export function chunkOf(rows: Iterable<Row>, textOf: (row: Row) => string = rowText): Answered {
  const chunk = new ChunkBuilder();
  for (const row of rows) {
    if (!chunk.add(textOf(row))) return { status: 'due', payload: chunk.toString() };
  }
  return ok(chunk.toString());
}
