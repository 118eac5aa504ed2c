import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { StateMachine } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { sourcesOf } from './imports.ts';

const root = new URL('../../', import.meta.url);
const run = promisify(execFile);
const MAX_FILE_LINES = 300;
/** Charts read as one piece: a machine that is split is harder to follow than one that is long. */
const LONG_CHARTS = [
  'machines/connection/server-handler.ts',
  'machines/connection/client-handler.ts',
  'machines/dapi/request.ts',
  'machines/transfer/transfers.ts',
];

describe('the catalogue of machines', () => {
  it('has every machine that a file exports', async () => {
    const known = new Set(catalog.map(({ machine }) => machine));
    const missing: string[] = [];
    for (const path of (await sourcesOf(root, 'machines')).keys()) {
      const exported = (await import(new URL(path, root).href)) as Record<string, unknown>;
      for (const [name, value] of Object.entries(exported)) {
        const isMachine = value instanceof StateMachine && name.endsWith('Machine');
        if (isMachine && !known.has(value)) missing.push(`${path}: ${name}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  it('names each machine once, so that pictures and titles do not collide', () => {
    const ids = catalog.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(new Set(catalog.map(({ machine }) => machine.id)).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z][a-z-]*$/);
  });

  it('has a model for every machine, because a machine without one is not tested', async () => {
    const tests = await sourcesOf(root, 'test/model', 'test/supervision');
    const text = [...tests.values()].join('\n');
    for (const [path, source] of await sourcesOf(root, 'machines')) {
      if (path === 'machines/catalog.ts' || path === 'machines/supervision/chart.ts') continue;
      const name = /^export const (\w+Machine) = setup\(/m.exec(source)?.[1];
      // `conformanceTest` is a model test, and more.
      const isModelled = new RegExp(`(?:modelTest|conformanceTest)\\(${name}\\b`).test(text);
      if (name !== undefined) assert.ok(isModelled, `${name} has no model`);
    }
  });

  it('has a table of what each machine does, and none of one that is gone', async () => {
    const tables = await readdir(new URL('test/model/behaviour', root));
    const modelled = catalog.map(({ machine }) => machine.id);
    // The door is the example of the harness.
    const tabled = new Set(tables.map((name) => name.replace(/(?:-\w+)?\.txt$/, '')));
    assert.deepEqual([...tabled].sort(), [...modelled, 'door'].sort());
  });
});

describe('the ledger of dependencies', () => {
  it('has every package that is installed, and no other', async () => {
    const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
    const installed = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.optionalDependencies),
      ...Object.keys(manifest.devDependencies),
    ];
    const ledger = await readFile(new URL('docs/dependencies.md', root), 'utf8');
    const rows = [...ledger.matchAll(/^\| ([@a-z][^|]*) \|/gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    assert.deepEqual(rows.map((name) => name.trim()).sort(), installed.sort());
  });
});

describe('sources', () => {
  it(`have at most ${MAX_FILE_LINES} lines, charts that read as one piece excepted`, async () => {
    const long: string[] = [];
    for (const [path, source] of await sourcesOf(root, 'machines', 'src')) {
      const lines = source.split('\n').length - 1;
      // A table is long because there is much in it: of codes, of machines.
      const isTable = path === 'machines/catalog.ts';
      if (lines > MAX_FILE_LINES && !isTable && !LONG_CHARTS.includes(path)) long.push(`${path}: ${lines}`);
    }
    assert.deepEqual(long, []);
  });

  it('wait for something, never for a while: a test that sleeps is slow or fails by chance', async () => {
    const sleeping: string[] = [];
    for (const [path, source] of await sourcesOf(root, 'test')) {
      // Polling with a deadline pauses between looks; that is what these are for. Benches are no tests.
      if (path.endsWith('/wait-for.ts') || path.startsWith('test/house/') || path.startsWith('test/bench/'))
        continue;
      if (SLEEP.test(source)) sleeping.push(path);
    }
    assert.deepEqual(sleeping, []);
  });

  it('tell nothing of the machine that they were written on', async () => {
    const { stdout } = await run('git', ['ls-files'], { cwd: root });
    const found: string[] = [];
    for (const path of stdout.trim().split('\n')) {
      if (path.startsWith('test/house/')) continue;
      const text = await readFile(new URL(path, root), 'utf8').catch(() => '');
      for (const pattern of PRIVATE) if (pattern.test(text)) found.push(`${path}: ${pattern.source}`);
    }
    assert.deepEqual(found, []);
  });
});

/** `await` of a timer: a sleep, by `setTimeout` of promises or by a promise of `setTimeout`. */
const SLEEP =
  /await\s+(?:setTimeout|sleep|delay)\s*\(|new Promise(?:<[^>]*>)?\(\s*\(?\w+\)?\s*=>\s*(?:\{\s*)?setTimeout\s*\(\s*\w+\s*,/;
/** Home directories, and hosts of package registries and mirrors. */
const PRIVATE = [
  /\/(?:home|Users)\/[a-z][\w-]*\//,
  /\/root\//,
  /\bregistry\.(?:[\w-]+\.)+[a-z]{2,}\b/,
  /https?:\/\/[\w.-]*(?:mirror|artifactory|nexus)/,
];
