import { hashFiles } from './hash-files.ts';
import type { PackageFile } from './package.ts';
import { type ReadFileSystem, systemMessage } from './ports.ts';
import { realReadFileSystem, refusalOf } from './walk.ts';

/** A file that is no longer what was planned. */
export interface ChangedFile extends PackageFile {
  /** Why it cannot be read; null if it can, or is gone. */
  readonly problem: string | null;
  /** False if that may be so of any other file as well. */
  readonly isOfFile: boolean;
}

/** Reads files once more. Those that cannot be read are among the changed ones, whatever the reason: others can be. */
export function changedFiles(
  home: string,
  files: readonly PackageFile[],
  fs: ReadFileSystem = realReadFileSystem,
): ChangedFile[] {
  const foreign = new Set<string>();
  const why = (path: string, error: unknown) => {
    const { problem, isOfFile } = refusalOf(error);
    if (!isOfFile) foreign.add(path);
    return problem === null ? null : systemMessage(path, error);
  };
  const paths = files.map(({ path }) => path);
  const { digests, failures } = hashFiles(home, paths, fs, why);
  const problems = new Map(failures.map(({ index, problem }) => [index, problem]));
  return files.flatMap((file, i) =>
    digests[i] === file.hash
      ? []
      : [{ ...file, problem: problems.get(i) ?? null, isOfFile: !foreign.has(file.path) }],
  );
}
