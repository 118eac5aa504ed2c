import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ruleFile, type SampleFile } from './samples.ts';

/** Something done to the master's files, and how to see on a worker that it has arrived. */
export interface Change {
  /** `edit etc/rules/…` */
  title: string;
  apply(master: string): Promise<void>;
  /** Whether a worker has it. */
  arrived(worker: string): Promise<boolean>;
}

/** New content for a file that is there. */
export function edit(file: SampleFile): Change {
  return {
    title: `edit ${file.path}`,
    apply: (master) => put(master, file),
    arrived: (worker) => has(worker, file),
  };
}

/** A file that was not there, in a directory that may not be there either. */
export function create(file: SampleFile): Change {
  return {
    title: `create ${file.path}`,
    apply: (master) => put(master, file),
    arrived: (worker) => has(worker, file),
  };
}

export function remove(path: string): Change {
  return {
    title: `delete ${path}`,
    apply: (master) => rm(join(master, path)),
    arrived: async (worker) => (await read(worker, path)) === null,
  };
}

export function move(from: SampleFile, to: string): Change {
  return {
    title: `rename ${from.path} to ${to.slice(to.lastIndexOf('/') + 1)}`,
    apply: async (master) => {
      await mkdir(dirname(join(master, to)), { recursive: true });
      await rename(join(master, from.path), join(master, to));
    },
    arrived: async (worker) =>
      (await read(worker, from.path)) === null && (await has(worker, { path: to, content: from.content })),
  };
}

/** The master's mode stays on the master: on the workers the configured one holds. */
export function editAndRestrict(file: SampleFile, configuredMode: number): Change {
  return {
    title: `edit ${file.path} and make it 0600; workers give it ${configuredMode.toString(8).padStart(4, '0')}`,
    apply: async (master) => {
      await put(master, file);
      await chmod(join(master, file.path), 0o600);
    },
    arrived: async (worker) =>
      (await has(worker, file)) && (await modeOf(worker, file.path)) === configuredMode,
  };
}

/** Many files at once. */
export function editMany(files: readonly SampleFile[]): Change {
  return {
    title: `edit ${files.length} rule files at once`,
    apply: async (master) => {
      for (const file of files) await put(master, file);
    },
    arrived: async (worker) => {
      for (const file of files) if (!(await has(worker, file))) return false;
      return true;
    },
  };
}

/** Revisions of sample rules, each different from all before. */
export class Revisions {
  #revision = 1;

  of(index: number): SampleFile {
    this.#revision += 1;
    return ruleFile(index, this.#revision);
  }
}

/** The way editors write: beside, then in place, so that no reader sees half a file. */
async function put(home: string, file: SampleFile): Promise<void> {
  const target = join(home, file.path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.tmp`, file.content, { mode: 0o660 });
  await rename(`${target}.tmp`, target);
}

async function has(home: string, file: SampleFile): Promise<boolean> {
  return (await read(home, file.path)) === file.content;
}

async function read(home: string, path: string): Promise<string | null> {
  return readFile(join(home, path), 'utf8').catch(absent);
}

async function modeOf(home: string, path: string): Promise<number | null> {
  const found = await stat(join(home, path)).catch(absent);
  return found === null ? null : found.mode & 0o777;
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
