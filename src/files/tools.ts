import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import type { Known } from './package.ts';
import { Rounds } from './rounds.ts';
import { ScanState, type Written } from './scan-state.ts';
import type { StagedSet } from './wazuh4/stage.ts';
import { UnfitContents } from './wazuh4/unfit-contents.ts';

/** What a thread keeps between tasks: the state of the scans, if it is the thread for that. */
export class Tools {
  /** Only used in the thread of the scans. */
  readonly rounds = new Rounds();
  /** The same. */
  readonly unfit = new UnfitContents();
  readonly #scans = new Map<number, { home: string; state: ScanState }>();
  #stagedSet: { directory: string; set: StagedSet } | null = null;

  /** The state of an index, made when it is first asked for. */
  scan(index: number, home: string, config: FilesConfig, keepsUnreadable: boolean): ScanState {
    const known = this.#scans.get(index);
    if (known !== undefined) return known.state;
    const state = new ScanState(home, config, keepsUnreadable);
    this.#scans.set(index, { home, state });
    return state;
  }

  /** Throws 1000 if this thread took the place of one that died in the middle of a scan. */
  scanOf(index: number): ScanState {
    const known = this.#scans.get(index);
    if (known === undefined) throw new MusterError(1000, 'the thread that kept this scan died');
    return known.state;
  }

  /** Spares the next scan of a home the reading of what was just written there. */
  expect(home: string, written: Written): void {
    for (const scan of this.#scans.values()) if (scan.home === home) scan.state.expect(written);
  }

  /** A set that is staged in this directory, until it is applied. A node stages one at a time: the one before is forgotten. */
  keepSet(directory: string, set: StagedSet): void {
    this.#stagedSet = { directory, set };
  }

  /** Throws 1000 if this thread took the place of one that died meanwhile. */
  takeSet(directory: string): StagedSet {
    const kept = this.#stagedSet;
    if (kept?.directory !== directory) throw new MusterError(1000, 'the thread that kept this set died');
    this.#stagedSet = null;
    return kept.set;
  }

  /** What the scans of a home know of its files. */
  knownIn(home: string): Known {
    const states = [...this.#scans.values()].filter((scan) => scan.home === home).map(({ state }) => state);
    return (path, hash, identity) => states.some((state) => state.knows(path, hash, identity));
  }
}
