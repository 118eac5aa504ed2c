import type { NodeConfig } from '../config/node-config.ts';
import { isSetLeft } from '../files/journal.ts';
import type { FilePool } from '../files/pool.ts';
import { realFileSystem } from '../files/ports.ts';
import type { TaggedLog } from '../observe/log.ts';

/**
 * Sees to it that what an earlier life of the node, or a sync of this one, left unfinished is completed or undone before
 * anybody looks at the files: until then they may be a mixture of two sets, which nobody must take for one.
 */
export class Recovery {
  readonly #config: NodeConfig;
  readonly #pool: FilePool;
  readonly #log: TaggedLog;
  /** What an earlier life has left is not known yet. */
  #isFirst = true;

  constructor({ config, pool, log }: { config: NodeConfig; pool: FilePool; log: TaggedLog }) {
    this.#config = config;
    this.#pool = pool;
    this.#log = log;
  }

  /** To be called before each look at the files. Rejects with 3119 and 3128 as long as that is not possible. */
  async finish(): Promise<void> {
    const { home, files } = this.#config;
    if (!this.#isFirst && !isSetLeft(realFileSystem, home)) return;
    const { completed, discarded, message } = await this.#pool.runSticky('recover', { home, config: files });
    this.#isFirst = false;
    if (completed || discarded) this.#log.warning(message);
  }
}
