import { errorTable, INTERNAL_ERROR, MAX_ERROR_DETAIL_CHARS, MusterError } from '../../errors.ts';
import { MAX_SHORT_TEXT_CHARS } from '../../limits.ts';
import { type JsonObject, WazuhException } from './objects.ts';
import { pythonJson } from './python.ts';

/** The classes of errors and their titles. Those of requests carry a list of what they are about. */
const titles: Readonly<Record<string, string>> = {
  WazuhException: 'WazuhException',
  WazuhInternalError: 'Wazuh Internal Error',
  WazuhClusterError: 'Wazuh Cluster Error',
  WazuhError: 'Bad Request',
  WazuhPermissionError: 'Permission Denied',
  WazuhResourceNotFound: 'Resource Not Found',
  WazuhTooManyRequests: 'Too Many Requests',
  WazuhNotAcceptable: 'Not Acceptable',
};
const WITHOUT_IDS = new Set(['WazuhException', 'WazuhInternalError', 'WazuhClusterError']);

/** What both ends say for a code: it never travels, but in the lines that are sent as plain text. */
const texts: Readonly<Record<number, string>> = {
  1000: 'Wazuh Internal Error',
  1013: 'Unable to connect with socket',
  1014: 'Error communicating with socket',
  1121: 'Error connecting with socket',
  1724: 'Not a valid select field',
  1728: 'Invalid node type',
  1730: 'Node does not exist',
  2003: 'Error in wazuhdb request',
  2005: 'Could not connect to wdb socket',
  2007: 'Error retrieving data from Wazuh DB',
  3000: 'Cluster',
  3001: 'Error creating zip file',
  3009: 'Error executing distributed API request',
  3012: 'Cluster is not running',
  3015: 'Cannot access directory',
  3016: 'Received an error response',
  3018: 'Error sending request',
  3020: 'Timeout sending request',
  3021: 'Timeout executing API request',
  3022: 'Unknown node ID',
  3023: 'Worker node is not connected to master',
  3025: 'Could not decrypt message',
  3027: 'Unknown received task name',
  3028: 'Worker node ID already exists',
  3029: 'Connected worker with same name as the master',
  3030: 'Worker does not belong to the same cluster',
  3031: 'Worker and master versions are not the same',
  3032: 'Could not forward DAPI request. Connection not available.',
  3034: 'Error sending file. File not found.',
  3035: "String couldn't be found",
  3036: "JSON couldn't be loaded",
  3037: 'Error while processing Agent-info chunks',
  3039: 'Timeout while waiting to receive a file',
  3040: 'Error while waiting to receive a file',
  4000: 'Permission denied',
};

/** Codes whose class is not that of their range. */
const classes: Readonly<Record<number, string>> = {
  1730: 'WazuhResourceNotFound',
  1701: 'WazuhResourceNotFound',
  1710: 'WazuhResourceNotFound',
  3001: 'WazuhError',
  3009: 'WazuhInternalError',
  3012: 'WazuhInternalError',
  3015: 'WazuhInternalError',
  4000: 'WazuhPermissionError',
};

function classOf(code: number): string {
  const named = classes[code];
  if (named !== undefined) return named;
  if (code >= 3000 && code < 3100) return 'WazuhClusterError';
  return code >= 1100 && code < 2000 ? 'WazuhError' : 'WazuhInternalError';
}

/** Codes of ours that the originals do not know. */
const isOurs = (code: number) => code >= 3100 && code < 3500;

/** An exception of this code, with the class and title that go with it. */
export function wazuhException(
  code: number,
  extraMessage: string | null = null,
  className: string = classOf(code),
  ids: readonly string[] = [],
): WazuhException {
  return new WazuhException({
    className,
    title: titles[className] ?? className,
    code,
    extraMessage,
    ids: WITHOUT_IDS.has(className) ? undefined : ids,
  });
}

/** An error of ours as the originals have it: what they have no code for becomes their internal error, with our code and words. */
export function exceptionOfError(error: MusterError): WazuhException {
  return asException(error, classOf, []);
}

/**
 * The same as one part of an answer that is merged with others. There an internal error takes the place of the whole, and so
 * does one that says nothing of what it is about: what only we refuse becomes an error of these items.
 */
export function exceptionOfPart(error: MusterError, ids: readonly string[]): WazuhException {
  return asException(error, (code) => (isOurs(error.code) ? 'WazuhError' : classOf(code)), ids);
}

function asException(
  error: MusterError,
  classFor: (code: number) => string,
  ids: readonly string[],
): WazuhException {
  const detail = error.detail?.slice(0, MAX_ERROR_DETAIL_CHARS).toWellFormed() ?? null;
  if (!isOurs(error.code)) return wazuhException(error.code, detail, classFor(error.code), ids);
  const told = `${error.code} - ${errorTable[error.code]?.text}${detail === null ? '' : `: ${detail}`}`;
  return wazuhException(INTERNAL_ERROR, told, classFor(INTERNAL_ERROR), ids);
}

/** An error of an original as ours. What has a code that we do not know becomes a 3000 that names it. */
export function errorOfException(exception: WazuhException): MusterError {
  const { code, extraMessage: extra } = exception;
  if (!Object.hasOwn(errorTable, code) || exception.cmdError || isOurs(code))
    return new MusterError(3000, printable(lineOf(exception)));
  const ours = code === INTERNAL_ERROR && typeof extra === 'string' ? oursIn(extra) : null;
  return ours ?? new MusterError(code, extra === null ? null : printable(textOfExtra(extra)));
}

const OF_OURS = /^(\d{4}) - ([\s\S]*)$/;

/** What a node of Muster has told by `exceptionOfError`: its code and words, not the original's code around them. */
function oursIn(extra: string): MusterError | null {
  const [, digits = '', told = ''] = OF_OURS.exec(extra) ?? [];
  const text = isOurs(Number(digits)) ? errorTable[Number(digits)]?.text : undefined;
  if (text === undefined || !told.startsWith(text)) return null;
  const rest = told.slice(text.length);
  if (rest !== '' && !rest.startsWith(': ')) return null;
  return new MusterError(Number(digits), rest === '' ? null : printable(rest.slice(2)));
}

/** For codes whose text there was never seen, ours: lines are for people. Those of ours alone mean something else there. */
const textOf = (code: number): string | undefined =>
  texts[code] ?? (isOurs(code) ? undefined : errorTable[code]?.text);

/** `Error 3022 - Unknown node ID: worker9`: how the originals write an error as text. */
export function lineOf(exception: WazuhException): string {
  const { code, extraMessage: extra, cmdError } = exception;
  const text = textOf(code);
  const more = extra === null ? null : textOfExtra(extra);
  if (cmdError || text === undefined) return `Error ${code} - ${more}`;
  return `Error ${code} - ${more === null ? text : `${text}: ${more}`}`;
}

/** What an exception adds, as text: of an object at least as much as is ever told, and not all of a mebibyte. */
function textOfExtra(extra: string | JsonObject): string {
  return typeof extra === 'string' ? extra : pythonJson(beginningOf(extra, MAX_ERROR_DETAIL_CHARS));
}

/** As much of a JSON value as makes so many characters of text. */
function beginningOf(value: unknown, chars: number): unknown {
  let left = chars;
  const cut = (part: unknown): unknown => {
    if (typeof part === 'string') {
      const kept = part.slice(0, left);
      left -= kept.length + 1;
      return kept;
    }
    left -= 1;
    if (part === null || typeof part !== 'object') return part;
    if (Array.isArray(part)) return whileRoom(part, cut);
    const fields = Object.entries(part).filter(([, field]) => field !== undefined);
    return Object.fromEntries(whileRoom(fields, ([key, field]) => [cut(key), cut(field)]));
  };
  const whileRoom = <Item, Kept>(items: readonly Item[], keep: (item: Item) => Kept): Kept[] => {
    const kept: Kept[] = [];
    for (const item of items) if (left > 0) kept.push(keep(item));
    return kept;
  };
  return cut(value);
}

const LINE = /^Error (\d{1,5}) - ([\s\S]*)$/;

/** An error that came as text: by its code, where the text begins with one, and a 3000 otherwise. */
export function errorOfText(text: string): MusterError {
  const [, digits = '', rest = ''] = LINE.exec(text) ?? [];
  const base = textOf(Number(digits));
  if (base === undefined || !rest.startsWith(base)) return new MusterError(3000, printable(text));
  const extra = rest.slice(base.length).replace(/^: /, '');
  const ours = Number(digits) === INTERNAL_ERROR ? oursIn(extra) : null;
  if (ours !== null) return ours;
  return new MusterError(Number(digits), extra === '' ? null : printable(extra));
}

/** Texts of a peer end up in logs and on terminals. */
export function printable(text: string): string {
  return text
    .slice(0, MAX_ERROR_DETAIL_CHARS)
    .replaceAll(/\p{Cc}/gu, '?')
    .toWellFormed();
}

/** What is shown of a text that a peer chose. */
export const shown = (text: string) => printable(text.slice(0, MAX_SHORT_TEXT_CHARS));
