import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MusterError } from '../protocol/errors.ts';
import type { Digester } from './digest.ts';
import { MAX_PACKAGE_BYTES } from './limits.ts';
import { unpack } from './package.ts';

/** Mode of staged files; the final one comes from the configuration. */
const STAGED_MODE = 0o600;

/** Verifies a package and writes its files into a staging directory, each under its hash. Returns their number. */
export async function stagePackage(
  { file, directory }: { file: string; directory: string },
  digester: Digester,
): Promise<number> {
  const { size } = statSync(file);
  if (size > MAX_PACKAGE_BYTES) throw new MusterError(3113, `a package of ${size} bytes`);
  const parts = await unpack(readFileSync(file), digester);
  for (const {
    file: { hash },
    content,
  } of parts) {
    writeFileSync(join(directory, hash), content, { mode: STAGED_MODE });
  }
  rmSync(file, { force: true });
  return parts.length;
}

/** Verifies a file that travelled alone, and moves it into a staging directory under its hash. */
export function stageFile(
  { file, directory, hash }: { file: string; directory: string; hash: string },
  digester: Digester,
): void {
  if (digester.file(file).digest !== hash) {
    rmSync(file, { force: true });
    throw new MusterError(3112, file);
  }
  renameSync(file, join(directory, hash));
}
