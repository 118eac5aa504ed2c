import type { FilesConfig } from '../config/node-config.ts';
import type { WireError } from '../protocol/errors.ts';
import { type ApplyReport, applyManifest } from './apply.ts';
import { createDigester, type Digester } from './digest.ts';
import { type HashedFile, hashFiles } from './hash-files.ts';
import type { Manifest } from './manifest.ts';
import { type PackageFile, type PackedFile, pack } from './package.ts';
import { type Delta, ScanState, type Walk } from './scan-state.ts';
import { stageFile, stagePackage } from './stage.ts';

/** What the threads of the pool can do. Arguments and results are plain data. */
export const tasks = {
  digest: (tools: Tools, { path }: { path: string }): { digest: string; sizeBytes: number } =>
    tools.digester.file(path),
  walk: (tools: Tools, { home, config }: { home: string; config: FilesConfig }): Walk =>
    tools.scanOf(home).walk(home, config),
  hash: (tools: Tools, { home, paths }: { home: string; paths: readonly string[] }): HashedFile[] =>
    hashFiles(home, paths, tools.digester),
  settle: (
    tools: Tools,
    { home, round, hashed }: { home: string; round: number; hashed: readonly HashedFile[] },
  ): Delta => tools.scanOf(home).settle(round, hashed, tools.digester),
  pack: (
    tools: Tools,
    args: { home: string; files: readonly PackageFile[]; directory: string; level: number },
  ): Promise<PackedFile> => pack(args, tools.digester),
  stagePackage: (tools: Tools, args: { file: string; directory: string }): Promise<number> =>
    stagePackage(args, tools.digester),
  stageFile: (tools: Tools, args: { file: string; directory: string; hash: string }): void =>
    stageFile(args, tools.digester),
  apply: (
    _tools: Tools,
    args: { home: string; config: FilesConfig; directory: string; manifest: Manifest },
  ): ApplyReport => applyManifest(args),
};

export type TaskName = keyof typeof tasks;
export type TaskArgs<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[1];
export type TaskResult<Name extends TaskName> = Awaited<ReturnType<(typeof tasks)[Name]>>;

export interface Call {
  id: number;
  task: TaskName;
  args: never;
}
export type Answer = { id: number; result: unknown } | { id: number; failure: WireError };

/** What a thread keeps between tasks. */
export class Tools {
  readonly digester: Digester;
  readonly #scans = new Map<string, ScanState>();

  private constructor(digester: Digester) {
    this.digester = digester;
  }

  static async create(): Promise<Tools> {
    return new Tools(await createDigester());
  }

  scanOf(home: string): ScanState {
    const known = this.#scans.get(home);
    if (known !== undefined) return known;
    const state = new ScanState();
    this.#scans.set(home, state);
    return state;
  }
}
