import type { FilesConfig } from '../config/node-config.ts';
import { MusterError } from '../protocol/errors.ts';
import { digestOf } from './digest.ts';
import { MAX_ROUNDS_BYTES, MAX_SET_FILES } from './limits.ts';
import { decodeMetadata } from './manifest.ts';
import type { FileSet } from './metadata.ts';
import { readList } from './read-list.ts';
import { type ManifestOrder, Round, type RoundSummary } from './round.ts';
import type { ScanState } from './scan-state.ts';
import type { UnfitContents } from './wazuh4/unfit-contents.ts';

/** What a round is made of. */
export interface RoundOrder {
  home: string;
  config: FilesConfig;
  /** The worker's metadata, as it arrived. */
  file: string;
  limitBytes: number;
}

/** The worker's metadata, and what reads it. */
export interface ArrivedList {
  bytes: Uint8Array;
  decode(bytes: Uint8Array): FileSet;
  /** See `Round`. */
  unfit?: Pick<UnfitContents, 'without'>;
}

interface Entry {
  readonly number: number;
  readonly key: string;
  readonly round: Round;
  users: number;
}

/** The rounds that are under way, in the thread of the scans. Workers that sent the same list share one. */
export class Rounds {
  readonly #byNumber = new Map<number, Entry>();
  readonly #byKey = new Map<string, Entry>();
  /** Files that a round could not bring, the longest ago first. */
  readonly #late = new Set<string>();
  readonly #maxBytes: number;
  #last = 0;

  constructor({ maxBytes = MAX_ROUNDS_BYTES } = {}) {
    this.#maxBytes = maxBytes;
  }

  /** Throws 3036, 3040, 3113 and 3114 for a list that cannot be used, 3110 for one that has no room now. */
  open(state: ScanState, { file, ...order }: RoundOrder): RoundSummary {
    return this.openWith(state, order, { bytes: readList(file), decode: decodeMetadata });
  }

  /** The same with a list that was read before. */
  openWith(
    state: ScanState,
    order: Omit<RoundOrder, 'file'>,
    { bytes, decode, unfit }: ArrivedList,
  ): RoundSummary {
    // A list without files reads the same in both forms; what can travel does not.
    const form = unfit === undefined ? 'parts' : 'package';
    const key = `${state.digest} ${digestOf(bytes)} ${order.limitBytes} ${form}`;
    const make = () =>
      new Round({
        ...order,
        master: state.files,
        masterDigest: state.digest,
        worker: decode(bytes),
        late: this.#late,
        unfit,
      });
    const entry = this.#byKey.get(key) ?? this.#add(key, make());
    entry.users += 1;
    return entry.round.summary(entry.number);
  }

  /** Throws 1000 if this thread took the place of one that died in the middle of a round. */
  get(number: number): Round {
    const entry = this.#byNumber.get(number);
    if (entry === undefined) throw new MusterError(1000, 'the thread that kept this round died');
    return entry.round;
  }

  /** The manifest of a round; it is kept for others as long as there is room. Throws 1000 as `get`. */
  encodedManifest(number: number, order: ManifestOrder): Uint8Array {
    const round = this.get(number);
    const encoded = round.encodedManifest(order);
    if (this.#heldBytes > this.#maxBytes) round.forgetManifest();
    return encoded;
  }

  /** One worker needs it no more. `late`: files that it could not bring; from now on they go behind all others. */
  close(number: number, late: readonly string[] = []): void {
    for (const path of late) this.#postpone(path);
    const entry = this.#byNumber.get(number);
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#byNumber.delete(number);
    this.#byKey.delete(entry.key);
  }

  #postpone(path: string): void {
    this.#late.delete(path);
    this.#late.add(path);
    const [oldest] = this.#late;
    if (this.#late.size > MAX_SET_FILES && oldest !== undefined) this.#late.delete(oldest);
  }

  get #heldBytes(): number {
    let bytes = 0;
    for (const { round } of this.#byNumber.values()) bytes += round.heldBytes + round.manifestBytes;
    return bytes;
  }

  /** A single round always has room. Throws 3110. */
  #makeRoom({ heldBytes }: Round): void {
    const hasRoom = () => this.#byNumber.size === 0 || this.#heldBytes + heldBytes <= this.#maxBytes;
    if (hasRoom()) return;
    for (const { round } of this.#byNumber.values()) round.forgetManifest();
    if (hasRoom()) return;
    const why = `${this.#byNumber.size} rounds of other workers hold ${this.#heldBytes} bytes, and this one is of ${heldBytes}`;
    throw new MusterError(3110, `${why}: it has room when one of them has ended`);
  }

  #add(key: string, round: Round): Entry {
    this.#makeRoom(round);
    this.#last += 1;
    const entry = { number: this.#last, key, round, users: 0 };
    this.#byNumber.set(entry.number, entry);
    this.#byKey.set(key, entry);
    return entry;
  }
}
