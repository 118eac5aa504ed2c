import { readFile } from 'node:fs/promises';

/** Files whose exported constants are limits, in the order of the document. */
export const LIMIT_FILES = [
  { path: 'src/protocol/limits.ts', title: 'Protocol' },
  { path: 'src/protocol/dialects/wazuh4/limits.ts', title: 'Dialect wazuh4' },
  { path: 'src/transport/limits.ts', title: 'Transport' },
  { path: 'src/node/transfers/limits.ts', title: 'Transfers' },
  { path: 'machines/transfer/limits.ts', title: 'Transfers, in their machines' },
  { path: 'src/files/limits.ts', title: 'Files' },
  { path: 'src/files/wazuh4/limits.ts', title: 'Packages of the dialect wazuh4' },
  { path: 'src/node/wazuh4/limits.ts', title: null },
  { path: 'src/registration/limits.ts', title: 'Registry of agents' },
  { path: 'src/requests/limits.ts', title: 'Requests' },
  { path: 'src/node/dapi/limits.ts', title: null },
  { path: 'machines/dapi/limits.ts', title: null },
  { path: 'src/local/limits.ts', title: 'Clients of the local socket' },
  { path: 'src/agents/limits.ts', title: 'Agents' },
  { path: 'src/node/effects/agent-chunks.ts', title: null },
  { path: 'src/node/effects/groups-journal.ts', title: null },
  { path: 'src/node/channel-limits.ts', title: 'Requests and replies' },
  { path: 'src/node/bulk-routes.ts', title: null },
  { path: 'src/node/requests.ts', title: null },
  { path: 'src/node/outbox.ts', title: null },
  { path: 'src/node/effects/list-answers.ts', title: null },
  { path: 'src/node/settings.ts', title: 'Connections' },
  { path: 'src/node/recent-syncs.ts', title: null },
  { path: 'src/api/limits.ts', title: 'HTTP API' },
  { path: 'src/inspect/limits.ts', title: 'Watching machines' },
  { path: 'src/inspect/plain.ts', title: null },
  { path: 'src/conform/limits.ts', title: 'Tests of conformance' },
  { path: 'src/config/read-text.ts', title: 'Configuration and log' },
  { path: 'src/config/schema/muster-json.ts', title: null },
  { path: 'src/observe/sink.ts', title: null },
  { path: 'src/observe/write-trouble.ts', title: null },
] as const;

interface Limit {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

const DECLARATION = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^export const ([A-Z][A-Z0-9_]*)\b/gm;

/** The tables of docs/limits.md: every constant in capital letters that these files export, with its comment. */
export async function describeLimits(root: URL): Promise<string> {
  const parts: string[] = [];
  for (const { path, title } of LIMIT_FILES) {
    const rows = (await limitsOf(new URL(path, root))).map(
      ({ name, value, meaning }) => `| \`${name}\` | ${withUnit(name, value)} | ${meaning} |`,
    );
    if (rows.length === 0) throw new Error(`${path} exports no limit any more`);
    const head =
      title === null ? [] : [`### ${title}`, '', '| Limit | Value | Meaning |', '| --- | --- | --- |'];
    // A file without a title of its own continues the table of the one before it.
    const lines = [...head, ...rows].join('\n');
    if (title === null) parts.push(`${parts.pop()}\n${lines}`);
    else parts.push(lines);
  }
  return parts.join('\n\n');
}

async function limitsOf(file: URL): Promise<Limit[]> {
  const text = await readFile(file, 'utf8');
  const values = (await import(file.href)) as Record<string, unknown>;
  return [...text.matchAll(DECLARATION)].flatMap(([, comment, name = '']) => {
    const value = values[name];
    return typeof value === 'number' ? [{ name, value, meaning: inOneLine(comment ?? '') }] : [];
  });
}

const inOneLine = (comment: string) =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s*/, '').trim())
    .join(' ')
    .trim()
    .replaceAll('|', '\\|');

const UNITS: Readonly<Record<string, string>> = {
  BYTES: 'bytes',
  MS: 'ms',
  CHARS: 'characters',
  LEVELS: 'levels',
  SECONDS: 's',
};
const KIBI = 1024;

function withUnit(name: string, value: number): string {
  const unit = UNITS[name.slice(name.lastIndexOf('_') + 1)];
  const number = value.toLocaleString('en-US');
  if (unit === undefined || name.includes('_BYTES_PER_')) return number;
  return `${number} ${unit}${unit === 'bytes' ? inBigUnits(value) : ''}`;
}

/** 67,108,864 bytes read better as 64 MiB; sizes that are no round number of anything stay as they are. */
function inBigUnits(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  for (let power = units.length; power > 0; power -= 1) {
    const size = bytes / KIBI ** power;
    if (size >= 1 && Number.isInteger(size * 4)) return ` (${size} ${units[power - 1]})`;
  }
  return '';
}
