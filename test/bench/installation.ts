import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is measured: where its command line is. */
export interface Installation {
  readonly main: string;
  remove(): void;
}

/** The sources, with types stripped at each start. */
export const sources: Installation = { main: join(ROOT, 'src/cli/main.ts'), remove: () => {} };

/** What `npm pack` would install, in a temporary folder: built anew, with the packages of this checkout. */
export function build(): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-build-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const args = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
    execFileSync(process.execPath, [tsc, ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return { main: join(folder, 'dist/src/cli/main.js'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
