import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfFile } from '../../src/files/digest.ts';
import type { FileMetadata } from '../../src/files/metadata.ts';
import { DIRECTORY, pathOf } from './file-sets.ts';

/** Where contents are staged, below a home. */
export const STAGING = 'queue/cluster/staging';
/** A process that has just started compiles and collects for a while, ms. */
export const SETTLE_MS = 300;
const MOD_TIME = 1_700_000_000.5;

/** What a process is to do once, alone. */
export interface BareOrder {
  readonly work: 'pack' | 'apply';
  readonly home: string;
  /** The package. */
  readonly file: string;
  /** What is to be packed. */
  readonly files: readonly (readonly [string, FileMetadata])[];
}

/**
 * CPU, in seconds, that the files of a first sync in the dialect of Wazuh 4.x take by themselves: in a process that has
 * just started and has no connection, no machine and no second thread. It packs what a master sends, or stages and
 * applies what a worker gets, with what nodes do it with.
 */
export class BareWazuh4 {
  readonly #source: string;
  readonly #directory: string;
  readonly #files: [string, FileMetadata][];

  /** `source`: a home that has the set. `directory`: for the package and for a second home. */
  constructor(source: string, directory: string, files: number) {
    this.#source = source;
    this.#directory = directory;
    this.#files = Array.from({ length: files }, (_, i) => [pathOf(i), metadataOf(source, pathOf(i))]);
  }

  pack(): Promise<number> {
    return this.#run('pack', this.#source);
  }

  /** What was packed last. */
  async apply(): Promise<number> {
    const home = join(this.#directory, 'applied');
    for (const directory of [STAGING, DIRECTORY]) mkdirSync(join(home, directory), { recursive: true });
    try {
      return await this.#run('apply', home);
    } finally {
      rmSync(home, { recursive: true });
    }
  }

  async #run(work: BareOrder['work'], home: string): Promise<number> {
    const process = fork(join(import.meta.dirname, 'bare-wazuh4-process.ts'));
    const order: BareOrder = { work, home, file: join(this.#directory, 'package'), files: this.#files };
    process.send(order);
    const [answer] = await Promise.race([once(process, 'message'), once(process, 'exit')]);
    if (process.exitCode !== null) throw new Error(`a process that was to ${work} ended with ${answer}`);
    return answer as number;
  }
}

function metadataOf(home: string, path: string): FileMetadata {
  const { digest, sizeBytes } = digestOfFile(join(home, path));
  return {
    mod_time: MOD_TIME,
    cluster_item_key: `${DIRECTORY}/`,
    merged: false,
    hash: digest,
    size: sizeBytes,
  };
}
