import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const LAUNCHER = 'src/cli/muster.sh';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is measured: where its launcher is. */
export interface Installation {
  readonly launcher: string;
  /** URL of the probe, to be preloaded. */
  readonly probe: string;
  remove(): void;
}

/** The sources, with types stripped at each start. */
export const sources: Installation = {
  launcher: join(ROOT, LAUNCHER),
  probe: new URL('./probe/probe.ts', import.meta.url).href,
  remove: () => {},
};

/** What `npm pack` would install, in a temporary folder: built anew, with the packages of this checkout. */
export function build(): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-build-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const args = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
    execFileSync(process.execPath, [tsc, ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    mkdirSync(join(folder, 'src/cli'), { recursive: true });
    copyFileSync(join(ROOT, LAUNCHER), join(folder, LAUNCHER));
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const probe = buildProbe(join(folder, 'probe'));
    return { launcher: join(folder, LAUNCHER), probe, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The probe without types: a node that had to load what strips them would need more memory than it does by itself. */
function buildProbe(folder: string): string {
  const from = fileURLToPath(new URL('./probe/', import.meta.url));
  mkdirSync(folder);
  for (const name of readdirSync(from)) {
    const code = stripTypeScriptTypes(readFileSync(join(from, name), 'utf8'), { mode: 'strip' });
    writeFileSync(
      join(folder, name.replace(/ts$/, 'js')),
      code.replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"),
    );
  }
  return pathToFileURL(join(folder, 'probe.js')).href;
}
