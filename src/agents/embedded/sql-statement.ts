import { near } from '../wdb-grammar.ts';
import { CommandError } from './arguments.ts';

const ALLOWED = /^(?:select|update|delete)\b/i;
/** Texts and names in quotes, and comments, in which a semicolon means nothing. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/g;

/**
 * One statement of another program: `select`, `update` or `delete`, and no second one behind it. This is the one place
 * where a text of a request becomes SQL; the protocol has it so.
 */
export function checkedStatement(text: string): string {
  const statement = text.trim().replace(/;$/, '').trimEnd();
  if (!ALLOWED.test(statement)) throw new CommandError(`Invalid DB query syntax, ${near(statement)}`);
  const bare = statement.replace(QUOTED, '');
  if (bare.includes(';') || bare.includes('--') || bare.includes('/*')) {
    throw new CommandError(`Invalid DB query syntax, ${near(statement)}`);
  }
  return statement;
}

export const isSelect = (statement: string): boolean => /^select\b/i.test(statement);
export const isDelete = (statement: string): boolean => /^delete\b/i.test(statement);
