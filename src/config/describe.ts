import { z } from 'zod';
import { documentationOf, unwrap } from './json-file.ts';
import { clusterJsonSchema } from './schema/cluster-json.ts';
import { clusterSectionSchema } from './schema/cluster-section.ts';
import { defaultFiles } from './schema/files.ts';
import { musterJsonSchema } from './schema/muster-json.ts';
import type { SettingDoc } from './schema/setting.ts';

/** All settings as Markdown, for docs/configuration.md; made from the schemas, so it cannot be out of date. */
export function describeConfiguration(): string {
  return [
    '### The `<cluster>` section of `etc/ossec.conf`',
    '',
    ...table(clusterSectionSchema),
    '',
    '### `cluster.json`',
    '',
    ...table(clusterJsonSchema),
    '',
    'Without a `files` section these directories are synchronised:',
    '',
    ...defaultFilesTable(),
    '',
    '### `etc/muster.json`',
    '',
    ...table(musterJsonSchema),
  ].join('\n');
}

function table(schema: z.ZodType): string[] {
  return [
    '| Setting | Default | Unit | Allowed | What it does |',
    '|---|---|---|---|---|',
    ...rows(schema, []).map((cells) => `| ${cells.map(escapePipes).join(' | ')} |`),
  ];
}

function rows(schema: z.ZodType, path: string[]): string[][] {
  const doc = documentationOf(schema);
  if (doc !== undefined) return [row(path, doc)];
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  const named = Object.entries(inner.shape).flatMap(([key, child]) =>
    rows(child as z.ZodType, [...path, key]),
  );
  const { catchall } = inner.def;
  return catchall instanceof z.ZodObject ? [...rows(catchall, [...path, '<directory>/']), ...named] : named;
}

function row(path: string[], doc: SettingDoc): string[] {
  const consequences = [
    doc.raise && `${/^(Set|Raise) /.test(doc.raise) ? doc.raise : `Raise it ${doc.raise}`}.`,
    doc.lower && `Lower it ${doc.lower}.`,
  ];
  const text = [doc.about, ...consequences].filter((part) => part !== '').join(' ');
  const fallback = doc.default.startsWith('none') ? doc.default : `\`${doc.default}\``;
  return [`\`${path.join('.')}\``, fallback, doc.unit, doc.allowed, text];
}

function defaultFilesTable(): string[] {
  const { excluded_files, excluded_extensions, ...items } = defaultFiles;
  return [
    '| Directory | Mode | Files | Recursive | Removed when empty |',
    '|---|---|---|---|---|',
    ...Object.entries(items).map(
      ([key, item]) =>
        `| \`${key}\` | ${item.permissions} | ${item.files.join(', ')} | ${yesNo(item.recursive)} | ${yesNo(item.remove_subdirs_if_empty)} |`,
    ),
    '',
    `Never synchronised: files named ${quoted(excluded_files)}, and names that end in ${quoted(excluded_extensions)}.`,
  ];
}

const yesNo = (value: boolean) => (value ? 'yes' : 'no');
const quoted = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ');
const escapePipes = (text: string) => text.replaceAll('|', '\\|');
