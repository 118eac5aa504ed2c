import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/** What is built from the sources: it starts faster, and in less memory, than the sources themselves. */
export interface Build {
  /** The command. */
  readonly main: string;
  remove(): void;
}

/** Builds into a temporary folder. Rejects with what the compiler says. */
export async function build(): Promise<Build> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-build-'));
  const compiler = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(compiler, ['-p', 'tsconfig.build.json', '--outDir', directory], { cwd: root });
  copyFileSync(join(root, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return {
    main: join(directory, 'src/cli/main.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
