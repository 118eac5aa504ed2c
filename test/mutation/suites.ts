import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path/posix';

/** Folders of tests that know machines by name: their graphs, replayed alone and over a wire. */
const OWN = ['test/model', 'test/supervision'];
/** What else is likely to notice a wrong in a machine of a folder, the quickest first: nodes in one process, scripts, real traffic. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  'agent-groups': [
    'test/spec/agent-groups-machines.test.ts',
    'test/node/agent-groups',
    'test/node/groups-',
    'test/spec/groups-notice.test.ts',
    'test/golden/golden.test.ts',
    'test/wazuh4/',
  ],
  'agent-info': [
    'test/spec/agent-info-machines.test.ts',
    'test/node/agent-info',
    'test/golden/golden.test.ts',
    'test/wazuh4/',
  ],
  conformance: ['test/conform/'],
  connection: [
    'test/spec/keep-alive.test.ts',
    'test/node/session.test.ts',
    'test/spec/local-protocol.test.ts',
    'test/golden/golden.test.ts',
    'test/wazuh4/',
    'test/e2e/refusals.test.ts',
  ],
  dapi: [
    'test/node/node-requests.test.ts',
    'test/spec/distributed-api.test.ts',
    'test/golden/golden.test.ts',
  ],
  integrity: [
    'test/spec/integrity-process.test.ts',
    'test/spec/integrity-sync.test.ts',
    'test/spec/integrity.test.ts',
    'test/golden/golden.test.ts',
    'test/spec/changing-files.test.ts',
    'test/wazuh4/',
  ],
  sendsync: ['test/spec/sendsync.test.ts', 'test/golden/golden.test.ts'],
  supervision: ['test/node/supervision.test.ts', 'test/node/end.test.ts', 'test/e2e/killed.test.ts'],
  transfer: ['test/transfer/', 'test/node/node-transfers.test.ts', 'test/golden/golden.test.ts'],
  '': ['test/node/agent-store', 'test/registration/', 'test/golden/golden.test.ts'],
};

export interface Suites {
  /** Tests that import the machine's file. */
  readonly own: readonly string[];
  /** Tests that run it within a node. */
  readonly further: readonly string[];
}

/** The test files that are to find the mutants of a machine, by the path of its file below `machines/`. */
export async function suitesOf(file: string): Promise<Suites> {
  const all = await testFiles();
  const own: string[] = [];
  for (const test of all.filter((path) => OWN.some((folder) => path.startsWith(folder)))) {
    if ((await readFile(test, 'utf8')).includes(`machines/${file}'`)) own.push(test);
  }
  const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
  const further = (FURTHER[folder] ?? []).flatMap((start) => all.filter((path) => path.startsWith(start)));
  return { own, further };
}

async function testFiles(): Promise<string[]> {
  const names = await readdir('test', { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .sort();
}

/** Paths below `machines/` by the ids of the machines in them. */
export async function machineFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of await readdir('machines', { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const [, id] =
      /\bcreateMachine\(\{\s*id: '([A-Za-z]+)'/.exec(await readFile(join('machines', name), 'utf8')) ?? [];
    if (id !== undefined) files.set(id, name);
  }
  // A supervisor has the id that whoever makes it gives it: the one of the catalogue is made beside it.
  return files.set('supervisor', 'supervision/supervisor.ts');
}
