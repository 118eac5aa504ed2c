import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts';
import type { ApplyOrder } from './apply.ts';
import { type AppliedSet, applySet } from './apply-set.ts';
import { type ChangedFile, changedFiles } from './changed-files.ts';
import { digestOfFile, type FileDigest } from './digest.ts';
import { type HashedBatch, hashFiles } from './hash-files.ts';
import { decodeManifest, encodeMetadata } from './manifest.ts';
import type { FileSet } from './metadata.ts';
import { type PackageFile, type PackedFile, type PackOrder, pack } from './package.ts';
import { readList } from './read-list.ts';
import { type RecoveryReport, recover } from './recover.ts';
import { keyOf, type ManifestOrder, type RoundSummary } from './round.ts';
import type { RoundOrder } from './rounds.ts';
import type { Changes, Settled } from './scan-state.ts';
import { type StageFileOrder, type StagePackageOrder, stageFile, stagePackage } from './stage.ts';
import { columnsOfStaged, type StagedColumns, stagedOfColumns } from './staged.ts';
import type { Tools } from './tools.ts';
import type { Problem } from './walk.ts';
import { wazuh4Tasks } from './wazuh4/tasks.ts';
import { type WrittenFile, writeFile } from './write-file.ts';

/** Which scan state is meant: the number of its index. */
interface ScanArgs {
  index: number;
}

interface RoundArgs {
  round: number;
}

/** A package of a round, but for contents that it cannot bring. */
export interface PlannedPackage extends RoundArgs {
  number: number;
  without: readonly string[];
}

/** What a second look at the files of a package found. */
export interface Recheck {
  /** Files whose content is in no file any more; each that was to get it. */
  changed: Omit<ChangedFile, 'size'>[];
  /** Key of the package of the others; null if there are none. */
  key: string | null;
}

export type ManifestPaths = Record<'missing' | 'shared' | 'extra', string[]>;

/** `manifest`: the file of it, as it arrived. */
export type ApplyArgs = Omit<ApplyOrder, 'missing' | 'shared' | 'extra' | 'staged'> & {
  manifest: string;
  staged: readonly StagedColumns[];
};

/** A set and its root digest as one value of MessagePack. */
export interface PackedList {
  digest: string;
  packed: Uint8Array;
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
  settle: (tools: Tools, { index }: ScanArgs): Settled => tools.scanOf(index).settle(),
  list: (tools: Tools, { index }: ScanArgs): FileSet => tools.scanOf(index).files,
  /** As `get_files` tells it. What packs is loaded by the thread that is asked, when it is. */
  packList: async (tools: Tools, { index }: ScanArgs): Promise<PackedList> => {
    const { digest, files } = tools.scanOf(index);
    const { encodeMessagePack } = await import('../protocol/dialects/msgpack.ts');
    const packed = encodeMessagePack({ digest, files: Object.fromEntries(files) });
    if (packed.length > MAX_MESSAGE_BYTES) throw new MusterError(3113, `a list of ${packed.length} bytes`);
    return { digest, packed };
  },
  writeMetadata: (tools: Tools, { index, path }: ScanArgs & { path: string }): WrittenFile =>
    writeFile(path, encodeMetadata(tools.scanOf(index).files)),
  openRound: (tools: Tools, { index, ...order }: ScanArgs & RoundOrder): RoundSummary =>
    tools.rounds.open(tools.scanOf(index), order),
  pathsOfContent: (tools: Tools, { round, hash }: RoundArgs & { hash: string }): readonly string[] =>
    tools.rounds
      .get(round)
      .pathsOf(new Set([hash]))
      .get(hash) ?? [],
  closeRound: (tools: Tools, { round, late }: RoundArgs & { late: readonly string[] }): void =>
    tools.rounds.close(round, late),
  /** On the thread of the scans: what did not change since need not be hashed again. */
  pack: (tools: Tools, order: PackOrder): Promise<PackedFile> => pack(order, tools.knownIn(order.home)),
  packPlanned: (
    tools: Tools,
    { round, number, without, ...order }: PlannedPackage & Omit<PackOrder, 'files'>,
  ): Promise<PackedFile> =>
    pack({ ...order, files: tools.rounds.get(round).filesOf(number, without) }, tools.knownIn(order.home)),
  recheckPackage: (tools: Tools, { round, number, without }: PlannedPackage): Recheck => {
    const planned = tools.rounds.get(round);
    const found = planned.changedOf(planned.filesOf(number, without));
    const sharing = planned.pathsOf(new Set(found.map(({ hash }) => hash)));
    const pathsOf = ({ hash }: Pick<PackageFile, 'hash'>) => sharing.get(hash) ?? [];
    const changed = found.filter((file) => !planned.standInFor(number, file, pathsOf(file)));
    const left = planned.filesOf(number, [...without, ...changed.map(({ hash }) => hash)]);
    const paths = changed.flatMap(({ size: _, ...file }) => pathsOf(file).map((path) => ({ ...file, path })));
    return { changed: paths, key: left.length === 0 ? null : keyOf(left) };
  },
  changedFiles: (_: Tools, { home, files }: { home: string; files: readonly PackageFile[] }): ChangedFile[] =>
    changedFiles(home, files),
  writeManifest: (
    tools: Tools,
    { round, path, ...order }: RoundArgs & ManifestOrder & { path: string },
  ): WrittenFile => writeFile(path, tools.rounds.encodedManifest(round, order)),
  listManifest: (tools: Tools, { round, ...order }: RoundArgs & ManifestOrder): ManifestPaths => {
    const { missing, shared, extra } = tools.rounds.get(round).manifest(order);
    return { missing: [...missing.keys()], shared: [...shared.keys()], extra: [...extra.keys()] };
  },
  stagePackage: (_: Tools, order: StagePackageOrder): StagedColumns => columnsOfStaged(stagePackage(order)),
  stageFile: (_: Tools, order: StageFileOrder): StagedColumns =>
    columnsOfStaged(new Map([[order.hash, stageFile(order)]])),
  apply: (tools: Tools, { manifest, staged, ...order }: ApplyArgs): AppliedSet =>
    applySet(tools, order, decodeManifest(readList(manifest)), stagedOfColumns(staged)),
  ...wazuh4Tasks,
  recover: (_: Tools, { home, config }: { home: string; config: FilesConfig }): Promise<RecoveryReport> =>
    recover(home, config),
};
