import type { FilesConfig } from '../config/node-config.ts';
import { type ApplyOrder, type ApplyReport, applyManifest } from './apply.ts';
import { digestOfFile, type FileDigest } from './digest.ts';
import { type HashedBatch, hashFiles } from './hash-files.ts';
import { type PackedFile, type PackOrder, pack } from './package.ts';
import { type RecoveryReport, recover } from './recover.ts';
import type { Changes, Delta } from './scan-state.ts';
import { type StageFileOrder, stageFile, stagePackage } from './stage.ts';
import type { Tools } from './tools.ts';
import type { Problem } from './walk.ts';

/** Which scan state is meant: the number of its index. */
interface ScanArgs {
  index: number;
}

/** What the threads of the pool can do. Arguments and results are plain data; columns of numbers are moved, not copied. */
export const tasks = {
  digest: (_: Tools, { path }: { path: string }): FileDigest => digestOfFile(path),
  walk: (
    tools: Tools,
    {
      index,
      home,
      config,
      keepsUnreadable,
    }: ScanArgs & { home: string; config: FilesConfig; keepsUnreadable: boolean },
  ): Changes => tools.scan(index, home, config, keepsUnreadable).walk(),
  hash: (_: Tools, { home, paths }: { home: string; paths: readonly string[] }): HashedBatch =>
    hashFiles(home, paths),
  take: (tools: Tools, { index, batch }: ScanArgs & { batch: HashedBatch }): Problem[] =>
    tools.scanOf(index).take(batch),
  settle: (tools: Tools, { index }: ScanArgs): Delta => tools.scanOf(index).settle(),
  /** On the thread of the scans: what did not change since need not be hashed again. */
  pack: (tools: Tools, order: PackOrder): Promise<PackedFile> => pack(order, tools.knownIn(order.home)),
  stagePackage: (_: Tools, args: { file: string; directory: string; part: string }): number =>
    stagePackage(args),
  stageFile: (_: Tools, order: StageFileOrder): void => stageFile(order),
  /** On the thread of the scans: it spares the next one the reading of what it wrote. */
  apply: (tools: Tools, order: ApplyOrder): ApplyReport => {
    const { written, ...report } = applyManifest(order);
    tools.expect(order.home, written);
    return report;
  },
  recover: (_: Tools, { home, config }: { home: string; config: FilesConfig }): Promise<RecoveryReport> =>
    recover(home, config),
};
