import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileItem, FilesConfig } from '../../src/config/node-config.ts';
import { compare } from '../../src/files/compare.ts';
import { FileIndex } from '../../src/files/index.ts';
import { encodeManifest, type Manifest } from '../../src/files/manifest.ts';
import { PackageStore } from '../../src/files/package-store.ts';
import { planTransfer } from '../../src/files/plan.ts';
import type { FilePool } from '../../src/files/pool.ts';
import type { StagedFile } from '../../src/files/staged.ts';
import { Staging } from '../../src/files/staging.ts';

const item = (key: string, more: Partial<FileItem> = {}): FileItem => ({
  key,
  permissions: 0o660,
  files: ['all'],
  recursive: true,
  removeSubdirsIfEmpty: false,
  extraValid: false,
  ...more,
});

/** Much like the `files` section that managers come with. */
export const filesConfig: FilesConfig = {
  items: [
    item('etc/', { permissions: 0o640, files: ['client.keys'], recursive: false }),
    item('etc/shared/', { removeSubdirsIfEmpty: true }),
    item('etc/rules/'),
  ],
  excludedFiles: ['ar.conf', 'ossec.conf'],
  excludedExtensions: ['~', '.tmp', '.lock', '.swp'],
};

/** A set of files as a test writes it down. */
export type Contents = Record<string, string>;

/** Where thousands of homes are made in no time. */
export const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A home of its own, with these files, removed when it is disposed of. */
export class Home implements Disposable {
  readonly path: string;

  constructor(contents: Contents = {}, directory = tmpdir(), path?: string) {
    this.path = path ?? mkdtempSync(join(directory, 'muster-files-'));
    mkdirSync(join(this.path, 'queue/cluster'), { recursive: true });
    this.write(contents);
  }

  /** One that is there, and that somebody else removes. */
  static at(path: string, contents: Contents): Home {
    return new Home(contents, '', path);
  }

  write(contents: Contents): void {
    for (const [path, content] of Object.entries(contents)) {
      mkdirSync(dirname(join(this.path, path)), { recursive: true });
      writeFileSync(join(this.path, path), content);
    }
  }

  remove(...paths: string[]): void {
    for (const path of paths) rmSync(join(this.path, path), { recursive: true });
  }

  /** Every plain file below a directory. */
  read(directory = 'etc'): Contents {
    const contents: Contents = {};
    const walk = (path: string) => {
      for (const entry of readdirSync(join(this.path, path), { withFileTypes: true })) {
        const inner = `${path}/${entry.name}`;
        if (entry.isDirectory()) walk(inner);
        else if (entry.isFile()) contents[inner] = readFileSync(join(this.path, inner), 'utf8');
      }
    };
    walk(directory);
    return contents;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    rmSync(`${this.path}.manifest`, { force: true });
  }
}

/** Looks at a home for the first time. */
export async function scanned(home: string, pool: FilePool, config = filesConfig): Promise<FileIndex> {
  const index = new FileIndex({ home, config, pool });
  await index.scan();
  return index;
}

/** What staging would tell of a directory in which a test has put contents itself. */
export function stagedIn(directory: string): Map<string, StagedFile> {
  const files = new Map<string, StagedFile>();
  for (const name of readdirSync(directory)) {
    const { ino, size, mode } = statSync(join(directory, name));
    files.set(name, { ino, size, mode: mode & 0o777 });
  }
  return files;
}

/** A manifest as it arrived; beside the home, so that nothing of it is left there. */
export function arrivedManifest(home: string, manifest: Manifest): string {
  const file = `${home}.manifest`;
  writeFileSync(file, encodeManifest(manifest));
  return file;
}

/** What brings one home in step with another, and everything staged for it. */
export async function staged(master: string, worker: string, pool: FilePool, task = 'task') {
  const [from, to] = await Promise.all([scanned(master, pool), scanned(worker, pool)]);
  const comparison = compare(await from.list(), await to.list());
  const plan = planTransfer(comparison, Number.MAX_SAFE_INTEGER);
  const store = new PackageStore({ home: master, pool });
  const staging = new Staging({ home: worker, config: filesConfig, pool, task });
  for (const files of plan.packages) {
    const packed = await store.acquire(files);
    const arrived = join(worker, 'queue/cluster', `${packed.digest}.zip`);
    writeFileSync(arrived, readFileSync(packed.path));
    packed.release();
    await staging.addPackage(arrived);
  }
  for (const { path, hash } of plan.large) {
    const arrived = join(worker, 'queue/cluster', `${hash}.bin`);
    writeFileSync(arrived, readFileSync(join(master, path)));
    await staging.addLarge(arrived, hash);
  }
  const manifest: Manifest = { ...comparison, deferred: 0 };
  return { staging, manifest, masterDigest: from.digest };
}
