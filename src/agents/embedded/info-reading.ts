import { hash } from 'node:crypto';
import { INFO_COLUMNS, type InfoColumn, KEEPALIVE_COLUMNS, NUMBER_COLUMNS } from '../columns.ts';
import { MAX_PROFILED_CHARS } from '../limits.ts';
import type { AgentInfoRow, ProfilesRead } from '../store.ts';
import type { AgentDatabase } from './database.ts';
import { memberJson, rowJson } from './row-json.ts';

const LABELS = `SELECT json_group_array(json_object('id', id, 'key', key, 'value', value))
  FROM (SELECT id, key, value FROM labels WHERE labels.id = agent.id ORDER BY key)`;
const columnOf = (name: InfoColumn) => ({ name, isNumber: NUMBER_COLUMNS.has(name) });
/** An agent with its columns that are not NULL. */
const textWith = (labels: string) => rowJson(INFO_COLUMNS.map(columnOf), { labels: `(${labels})` });
/** As it travels between nodes: with its labels, also if it has none any more, since labels that are not told stay. */
const TEXT = textWith(LABELS);
/** As the original tells it: labels if there are any. */
const PROGRAM_TEXT = textWith(`${LABELS} HAVING count(*) > 0`);
const selectUnsynced = (texts: string) =>
  `SELECT id, ${texts} FROM agent WHERE sync_status = 'syncreq' AND id > ? ORDER BY id`;
const SELECT_UNSYNCED = selectUnsynced(PROGRAM_TEXT);
const isOfKeepalive = (name: InfoColumn) => KEEPALIVE_COLUMNS.some((column) => column === name);
const membersOf = (names: readonly InfoColumn[]) => names.map(columnOf).map(memberJson).join(', ');
/** The same text in three pieces, the second of which is what a keepalive changes. */
const SELECT_PIECES = selectUnsynced(
  [
    `concat('{"id":', id, ${membersOf(INFO_COLUMNS.filter((name) => name !== 'id' && !isOfKeepalive(name)))})`,
    `concat(${membersOf(KEEPALIVE_COLUMNS)})`,
    `concat(',"labels":' || (${LABELS}), '}')`,
  ].join(', '),
);
const MARK = "UPDATE agent SET sync_status = 'synced' WHERE id = ?";
const MARK_IF_SAME = `${MARK} AND sync_status = 'syncreq' AND ${TEXT} = ?`;

/** Agents above this id that are not synced, each with its text, by ascending id: for other programs. */
export function* unsyncedInfo(database: AgentDatabase, afterId: number): Generator<AgentInfoRow, void> {
  for (const [id, text] of database.iterateTuples(SELECT_UNSYNCED, afterId)) {
    yield { id: Number(id), text: String(text) };
  }
}

/** The same for the master: beside the text what of it is to be told. */
export function* unsyncedToTell(
  database: AgentDatabase,
  afterId: number,
  profiles: ProfilesRead,
): Generator<{ row: AgentInfoRow; told: string }, void> {
  for (const [id, ...pieces] of database.iterateTuples(SELECT_PIECES, afterId)) {
    const [head, keepalive, tail] = pieces.map(String) as [string, string, string];
    const row = { id: Number(id), text: head + keepalive + tail };
    if (profiles === 'none' || row.text.length > MAX_PROFILED_CHARS) yield { row, told: row.text };
    else {
      const profile = profileOf(head + tail);
      const isKnown = database.toldProfiles.has(row.id, profile);
      yield {
        row: { ...row, profile },
        told: isKnown
          ? `{"id":${id},"profile":"${profile}"${keepalive}}`
          : `${row.text.slice(0, -1)},"profile":"${profile}"}`,
      };
    }
  }
}

/** Characters of a digest: 132 bits. */
const PROFILE_CHARS = 22;
const profileOf = (text: string) => hash('sha256', text, 'base64url').slice(0, PROFILE_CHARS);

export function markSynced(database: AgentDatabase, id: number): void {
  database.run(MARK, id);
}

/** True if it was not synced, and still has this text. */
export function markIfSame(database: AgentDatabase, { id, text }: AgentInfoRow): boolean {
  return database.run(MARK_IF_SAME, id, text) > 0;
}
