import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

const root = new URL('../../', import.meta.url);
const document = await readFile(new URL('docs/SECURITY.md', root), 'utf8');

/** What every one of these has to have in docs/SECURITY.md: a line in its table, with a test. */
const BAD_INPUT = [
  'random bytes',
  'port scanners',
  'a frame that claims 4 GiB',
  'an unknown command',
  'a command before `hello`',
  'a second `hello`',
  'a divided message that never ends',
  'a string that is reserved and never sent',
  'a file that is reserved and never sent',
  'a truncated package',
  'a corrupt package',
  'a bomb',
  'an absolute path',
  '`..`',
  'a backslash',
  'NUL',
  'a symbolic link',
  'two names that collide',
  'a file outside the configured directories',
  'names with spaces',
  'names with newlines',
  'names that are not ASCII',
  'names of 255 bytes',
  'unreadable files',
  'files that vanish while read',
  'files that change while read',
  'a full disk on the worker',
  'a read-only directory on the worker',
  'a key of a bad length',
  'a missing section',
  'an unknown role',
  'a number out of range',
  'a port in use',
  'a wazuh-db that is absent',
  'a wazuh-db that is slow',
  'a wazuh-db that answers `err`',
  'a wazuh-db that cuts its answer',
  'a wazuh-db that answers garbage',
  'a wazuh-db that answers 65,536 bytes',
  'a corrupt database',
  'a read-only database',
  'a locked database',
  'a database of a newer schema',
  'chunks that are no JSON',
  'unknown columns, agents and groups',
  '129 groups',
  'an agent that two workers report',
  'clocks that differ between nodes',
  'a wazuh4 token that is forged',
  'a wazuh4 token that is cut',
  'a wazuh4 token with a wrong version byte or padding',
  'a wazuh4 token that is replayed',
  'a wazuh4 header that ends where a read ends',
  'JSON of wazuh4 with `__callable__`',
  'JSON of wazuh4 with `__unhandled_exc__`',
  'JSON of wazuh4 with `__proto__`',
  'wazuh4 names with `*`, spaces or 1,000 characters',
  'a truncated or corrupt package of wazuh4',
  'a bomb in wazuh4',
  'a path of wazuh4 that leads out',
  'unknown methods',
  'arguments that fail their schema',
  'an unknown node',
  'an unknown agent',
  'a node that dies while it answers',
  'an answer of 100 MiB',
  'a client that disconnects before its answer',
  '1,000 clients at once',
  'a client that never reads',
  'malformed HTTP',
  'oversized bodies',
  'paths that climb out of the files directory',
  'a wrong token',
  'an expired token',
  'a forged token',
  'a full disk under `client.keys`',
  'an authd that does not answer',
];

/** `test/…`: “title” */
const NAMED = /`(test\/[\w/.-]+\.test\.ts)`: “([^”]+)”/g;
const rowsOf = (heading: string) => {
  const section = document.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return rows.slice(1).map((row) => row.slice(2, -2).split(' | '));
};

/** Texts of a source, as written: quoted ones, and templates with their holes. */
const TEXT = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;

/**
 * Whether a source has a test of this title: the text itself, or a template that gives it, whose holes are filled with
 * what stands in the source too.
 */
function hasTitle(source: string, title: string): boolean {
  for (const [, single, double, template] of source.matchAll(TEXT)) {
    if ((single ?? double ?? template) === title) return true;
    if (template === undefined || !template.includes('${')) continue;
    const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const fills = new RegExp(`^${parts.join('(.+)')}$`).exec(title)?.slice(1);
    if (fills?.every((fill) => source.includes(fill.replace(/^"|"$/g, '')))) return true;
  }
  return false;
}

describe('docs/SECURITY.md', () => {
  it('has a line for every bad input that there is to be, each with its test', () => {
    const rows = rowsOf('Bad input');
    const missing = BAD_INPUT.filter((what) => {
      const row = rows.find(([first]) => first === what);
      return row === undefined || [...(row[2] ?? '').matchAll(NAMED)].length === 0;
    });
    assert.deepEqual(missing, []);
  });

  it('names a test for every threat', () => {
    const rows = rowsOf('Threats');
    assert.ok(rows.length >= 20);
    for (const [threat, , test] of rows) assert.ok(test?.startsWith('`test/'), threat);
  });

  it('names only tests that exist, by their file and their title', async () => {
    const named = [...document.matchAll(NAMED)];
    assert.ok(named.length > BAD_INPUT.length);
    const absent: string[] = [];
    for (const [, path = '', title = ''] of named) {
      const source = await readFile(new URL(path, root), 'utf8').catch(() => '');
      if (!hasTitle(source, title)) absent.push(`${path}: ${title}`);
    }
    assert.deepEqual(absent, []);
  });

  it('would notice a title that no test has', () => {
    const hole = '$'.concat('{what}');
    const source = `test('one title'); for (const what of ['cut']) test(\`what is ${hole} heals\`);`;
    assert.ok(hasTitle(source, 'one title'));
    assert.ok(hasTitle(source, 'what is cut heals'));
    assert.equal(hasTitle(source, 'what is lost heals'), false);
    assert.equal(hasTitle(source, 'another title'), false);
  });
});
