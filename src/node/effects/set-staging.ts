import { rm } from 'node:fs/promises';
import type { Failure } from '../../../machines/failure.ts';
import type { ApplyEvent, StagingEvent } from '../../../machines/integrity/apply.ts';
import { digestOfLargeFile, isPackage } from '../../../machines/integrity/set-parts.ts';
import { isDiskFull } from '../../config/system-words.ts';
import type { AppliedSet } from '../../files/apply-set.ts';
import { Staging } from '../../files/staging.ts';
import type { TaggedLog } from '../../observe/log.ts';
import type { PeerTraits } from '../../protocol/dialects/peer-traits.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { clearIncoming } from '../spool.ts';
import { asFailure } from './failures.ts';
import type { DropUnwantedParts } from './unwanted-parts.ts';

/** Files that the log names which a package of Wazuh 4.x does not bring, and as many that are left out of it. */
const MAX_NAMED_LATE = 20;

export interface SetStagingOptions {
  services: Pick<NodeServices, 'config' | 'pool'>;
  task: string;
  masterTask: string;
  /** As what the set comes. */
  setForm(): PeerTraits['setForm'];
  log: TaggedLog;
  dropUnwantedParts: DropUnwantedParts;
  /** Whether packages whose contents are staged stay for a later sync. */
  keepsPackages: boolean;
  /** The disk was found to be full. */
  onDiskFull(): void;
  emit(event: Extract<ApplyEvent, { type: `stage.${string}` }>): void;
}

/** What one sync has on disk until it is applied: it takes files as they arrive, and its end removes what was not applied. */
export class SetStaging {
  readonly #staging: Staging;
  /** The manifest, once it has arrived. */
  #manifestPath: string | null = null;
  /** There: whether it was staged, list and all. */
  #isWhole = false;
  readonly #options: SetStagingOptions;
  readonly #received = new Set<string>();
  readonly #pending = new Set<Promise<void>>();
  /** Where the set is a package: files by their names. */
  readonly #packages = new Map<string, string>();
  #hasFailed = false;

  constructor(options: SetStagingOptions) {
    const { services, task, keepsPackages } = options;
    const { config, pool } = services;
    clearIncoming(config.home, config.nodeName);
    this.#options = options;
    this.#staging = new Staging({ home: config.home, config: config.files, pool, task, keepsPackages });
  }

  hear(event: StagingEvent): void {
    const isPackage = this.#options.setForm() === 'package';
    if (event.type === 'stage.trouble') this.#heedFullDisk(event.failure);
    else if (event.type === 'stage') this.#take(event, isPackage);
    else if (isPackage) this.#settlePackage(event.manifest).catch((error) => this.#fail(error));
    else void Promise.all(this.#pending).then(() => this.#settle(event.manifest));
  }

  /** Rejects as `Staging.commit`, and with 3040 if there is no manifest. */
  async commit(): Promise<AppliedSet> {
    if (this.#manifestPath === null && !this.#isWhole)
      throw new MusterError(3040, 'the manifest did not arrive');
    return await this.#staging.commit(this.#manifestPath);
  }

  dispose(): void {
    this.#staging
      .discard()
      .catch((error) => this.#options.log.warning('Staged files could not be removed', { error }));
    // What was staged is gone from there already; what was not is of no use to anybody else.
    for (const file of this.#received) removeQuietly(file);
  }

  #take({ name, file }: { name: string; file: string }, isPackage: boolean): void {
    this.#received.add(file);
    if (isPackage) {
      this.#packages.set(name, file);
      return;
    }
    if (name === this.#manifestName) this.#manifestPath = file;
    const work = this.#stage(name, file).catch((error) => this.#fail(error));
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  async #stage(name: string, file: string): Promise<void> {
    if (isPackage(name)) return this.#staging.addPackage(file);
    const digest = digestOfLargeFile(name);
    if (digest !== null) await this.#staging.addLarge(file, digest);
  }

  #settle(manifest: string): void {
    if (this.#hasFailed) return;
    if (manifest === this.#manifestName && this.#manifestPath !== null)
      this.#options.emit({ type: 'stage.settled' });
    else this.#fail(new MusterError(3040, `the manifest ${manifest} did not arrive`));
  }

  async #settlePackage(name: string): Promise<void> {
    const { log, emit } = this.#options;
    const file = this.#packages.get(name);
    if (file === undefined) throw new MusterError(3040, `the package ${name} did not arrive`);
    const { late, skipped } = await this.#staging.addWazuh4(file);
    this.#isWhole = true;
    for (const { path, why } of late.slice(0, MAX_NAMED_LATE))
      log.warning(`Error 3112 - ${path}: ${why}. It is left to the next round.`);
    for (const why of skipped.slice(0, MAX_NAMED_LATE))
      log.warning(`${why}. It is left out; the others are applied.`);
    if (skipped.length > MAX_NAMED_LATE)
      log.warning(`${skipped.length - MAX_NAMED_LATE} more files are left out.`);
    emit({ type: 'stage.settled' });
  }

  /** Once: the first failure is the one that counts. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const failure = asFailure(error);
    this.#heedFullDisk(failure);
    this.#options.emit({ type: 'stage.failed', failure });
  }

  #heedFullDisk({ message }: Failure): void {
    if (!isDiskFull(message)) return;
    this.#options.onDiskFull();
    void this.#options.dropUnwantedParts(this.#received);
  }

  get #manifestName(): string {
    return `${this.#options.masterTask}.json`;
  }
}

/** A file that is of no more use; that it is gone already is no news. */
function removeQuietly(path: string): void {
  rm(path, { force: true }).catch(() => {
    // The spool is pruned by age and size, so a file that cannot be removed now is not kept for ever.
  });
}
