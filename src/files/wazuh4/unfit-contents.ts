import { Latest } from '../../latest.ts';
import type { Comparison } from '../compare.ts';
import type { FileMetadata } from '../metadata.ts';
import { WAZUH4_MAX_UNFIT_CONTENTS } from './limits.ts';

/**
 * Files that no package of 4.x can hold, with the content for which that is so. They are tried once: as long as the content
 * is the same, a round with them would begin, bring nothing and be wanted again. Lives in the thread of the scans.
 */
export class UnfitContents {
  /** The hash by path, what was found longest ago first. */
  readonly #hashes = new Latest<string, string>(WAZUH4_MAX_UNFIT_CONTENTS);

  /** It was tried. Beyond the limit the oldest is forgotten, and will be tried and told of again. */
  add(path: string, hash: string): void {
    this.#hashes.set(path, hash);
  }

  /** What is left to do, and how many files are not counted there. */
  without(comparison: Comparison): { comparison: Comparison; withheld: number } {
    if (this.#hashes.size === 0) return { comparison, withheld: 0 };
    const { missing, shared, extra } = comparison;
    const isFit = ([path, { hash }]: [string, FileMetadata]) => this.#hashes.get(path) !== hash;
    const left = {
      missing: new Map([...missing].filter(isFit)),
      shared: new Map([...shared].filter(isFit)),
      extra,
    };
    const withheld = missing.size + shared.size - left.missing.size - left.shared.size;
    return { comparison: left, withheld };
  }
}
