import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { MusterError } from '../../protocol/errors.ts';
import type { ApplyOrder } from '../apply.ts';
import { type AppliedSet, applySet } from '../apply-set.ts';
import { systemMessage } from '../ports.ts';
import type { RoundSummary } from '../round.ts';
import type { RoundOrder } from '../rounds.ts';
import type { Tools } from '../tools.ts';
import { decodeWazuh4Metadata } from './list.ts';
import { type PackedWazuh4, type PackWazuh4Order, packWazuh4, packWazuh4List } from './pack.ts';
import { readWazuh4List } from './reader.ts';
import { type LateFile, type StageWazuh4Order, stageWazuh4Package } from './stage.ts';

/** What is read of a file at a time. */
const PIECE_BYTES = 1_048_576;

/** What came to a worker of an original. The set itself stays in the thread, for `applyWazuh4`. */
export interface StagedWazuh4 {
  missing: number;
  shared: number;
  extra: number;
  /** See `StagedSet`. */
  late: LateFile[];
  /** The same, as the log tells it. */
  skipped: string[];
}

/** What the threads of the pool do for peers that are originals. All but the digest run on the thread of the scans. */
export const wazuh4Tasks = {
  /** SHA-256 of a file, hex. Rejects with 3119. */
  sha256: async (_: Tools, { path }: { path: string }): Promise<{ digest: string }> => {
    const hash = createHash('sha256');
    try {
      for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) hash.update(piece);
    } catch (error) {
      throw new MusterError(3119, systemMessage(path, error), { cause: error });
    }
    return { digest: hash.digest('hex') };
  },
  /** The package that a worker sends: its list. */
  writeWazuh4List: (
    tools: Tools,
    { index, path, level }: { index: number; path: string; level: number },
  ): Promise<Pick<PackedWazuh4, 'sizeBytes' | 'sha256'>> =>
    packWazuh4List(tools.scanOf(index).files, path, level),
  /** `file`: the package of a worker, as it arrived. */
  openWazuh4Round: async (
    tools: Tools,
    { index, file, ...order }: RoundOrder & { index: number },
  ): Promise<RoundSummary> => {
    const bytes = await readWazuh4List(file);
    const list = { bytes, decode: decodeWazuh4Metadata, unfit: tools.unfit };
    return tools.rounds.openWith(tools.scanOf(index), order, list);
  },
  /** The package that a worker of this round is sent. What fits in none is left out of later rounds from the start. */
  packWazuh4Round: async (
    tools: Tools,
    { round, ...order }: Omit<PackWazuh4Order, 'comparison'> & { round: number },
  ): Promise<PackedWazuh4> => {
    const { comparison } = tools.rounds.get(round);
    const packed = await packWazuh4({ ...order, comparison }, tools.knownIn(order.home));
    for (const { path, why } of packed.left) {
      const file = comparison.missing.get(path) ?? comparison.shared.get(path);
      if (why === 'separator' && file !== undefined) tools.unfit.add(path, file.hash);
    }
    return packed;
  },
  /** Stages the package of a master, which is a whole set. */
  stageWazuh4: async (tools: Tools, order: StageWazuh4Order): Promise<StagedWazuh4> => {
    const set = await stageWazuh4Package(order);
    tools.keepSet(order.directory, set);
    const { missing, shared, extra } = set.manifest;
    const skipped = set.skipped.map((why) => why.toLog());
    return { missing: missing.size, shared: shared.size, extra: extra.size, late: set.late, skipped };
  },
  /** Applies the set that was staged in this directory. Rejects with 1000 if the thread that kept it died. */
  applyWazuh4: (tools: Tools, order: Pick<ApplyOrder, 'home' | 'config' | 'staging'>): AppliedSet => {
    const { manifest, staged } = tools.takeSet(join(order.home, order.staging));
    return applySet(tools, order, manifest, staged);
  },
};
