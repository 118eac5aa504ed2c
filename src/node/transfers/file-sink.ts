import { createHash, type Hash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { constants, type FileHandle, open, rm } from 'node:fs/promises';
import { fromCallback } from 'xstate';
import type { FileReceiveInput } from '../../../machines/transfer/file-receive.ts';
import type { FileVerified, SinkEvent, VerifyCommand } from '../../../machines/transfer/sink.ts';
import { fileSystemError, isDiskFull } from '../../config/system-words.ts';
import { faultPoint } from '../../fault-point.ts';
import { MusterError } from '../../protocol/errors.ts';
import { asFailure } from '../effects/failures.ts';
import type { Budgets } from './budgets.ts';
import { Pace } from './pace.ts';
import type { TransferChannel, TransferDeps } from './ports.ts';
import type { Spool, SpoolEntry } from './spool.ts';
import { WriteQueue } from './write-queue.ts';

export interface FileSinkDeps extends TransferDeps {
  spool: Spool;
  budgets: Budgets;
}

/** The effect of `fileReceive`. */
export const fileSink = (deps: FileSinkDeps) =>
  fromCallback<VerifyCommand, FileReceiveInput>(({ input, receive, sendBack }) => {
    const sink = new FileSink(deps, input, (event) => sendBack(event));
    receive(({ digest }) => sink.verify(digest));
    return () => sink.dispose();
  });

/**
 * Owns one file from the announcement to the verdict. Whatever way it ends, the file is closed and its place in the
 * spool is free; what has arrived stays as a part that the next transfer of the same content resumes.
 */
class FileSink {
  readonly #deps: FileSinkDeps;
  readonly #input: FileReceiveInput;
  readonly #tell: (event: SinkEvent | FileVerified) => void;
  readonly #pace: Pace;
  readonly #opened: Promise<void>;
  /**
   * Of what has arrived, where nothing was told before the end: that is SHA-256, and such a file comes whole. Taken as it
   * comes it costs less than reading the file again, and nobody waits for it.
   */
  readonly #hash: Hash | null;
  #entry: SpoolEntry | null = null;
  #file: FileHandle | null = null;
  #queue: WriteQueue | null = null;
  #closeRoute: (() => void) | null = null;
  #isDisposed = false;
  /** Where room is short, that for everybody else counts more than a resumption. */
  #hasNoRoom = false;

  constructor(deps: FileSinkDeps, input: FileReceiveInput, tell: (event: SinkEvent | FileVerified) => void) {
    this.#deps = deps;
    this.#input = input;
    this.#tell = tell;
    this.#pace = new Pace(deps.clock);
    this.#hash = input.digest === null ? createHash('sha256') : null;
    this.#opened = this.#open().catch((error) => this.#break(error));
  }

  verify(digest: string): void {
    this.#verify(digest).catch((error) => this.#break(error));
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#closeRoute?.();
    const closed = this.#opened.then(() => this.#close());
    const trouble = (error: unknown) => {
      const { connectionId, name } = this.#input;
      this.#deps.log.trouble(
        connectionId,
        `a received file could not be closed: ${name}`,
        MusterError.from(error),
      );
    };
    const left = closed.catch(trouble);
    // An entry that is still on its way to us is left as soon as it is there.
    if (this.#entry !== null) this.#deps.spool.leave(this.#entry, left);
    else void this.#opened.then(() => this.#entry !== null && this.#deps.spool.leave(this.#entry, left));
  }

  async #open(): Promise<void> {
    const { connectionId, handle, name, sizeBytes, digest } = this.#input;
    const channel = this.#deps.channels.get(connectionId);
    const directory = this.#deps.spoolDirectory(connectionId);
    const entry = await this.#deps.spool.enter({ connectionId, directory, name, sizeBytes, digest });
    this.#entry = entry;
    faultPoint(entry.offset > 0 ? 'receive.resumed' : 'receive.entered');
    if (this.#isDisposed) return;
    this.#file = await openPart(entry);
    faultPoint('receive.opened');
    if (this.#isDisposed) return;
    const budget = this.#deps.budgets.of(channel);
    const claim = (bytes: number) => this.#claim(entry, bytes);
    this.#queue = new WriteQueue(this.#file, entry.partPath, entry.offset, sizeBytes, budget, claim);
    this.#route(channel, handle);
    this.#emit({ type: 'sink.opened', offset: entry.offset });
  }

  #claim(entry: SpoolEntry, bytes: number): Promise<void> | null {
    const room = this.#deps.spool.claim(entry, bytes);
    return (
      room?.catch((error) => {
        this.#hasNoRoom = true;
        throw error;
      }) ?? null
    );
  }

  #route(channel: TransferChannel, handle: number): void {
    this.#closeRoute = channel.openBulk('file_upd', handle, async (offset, data) => {
      try {
        const queue = this.#queue;
        if (queue === null || this.#isDisposed)
          throw new MusterError(3120, 'the file is not wanted any more');
        const written = queue.write(offset, data);
        this.#hash?.update(data);
        await written;
        faultPoint('receive.piece');
        if (this.#pace.isDue()) this.#emit({ type: 'sink.progress', receivedBytes: queue.writtenBytes });
      } catch (error) {
        this.#break(error);
        throw error;
      }
    });
  }

  async #verify(announced: string): Promise<void> {
    const { sizeBytes, digest, name } = this.#input;
    const { entry, queue } = { entry: this.#entry, queue: this.#queue };
    if (entry === null || queue === null)
      throw new MusterError(3100, `the end of ${name}, which is not open`);
    this.#closeRoute?.();
    await queue.drained();
    if (digest !== null && queue.writtenBytes !== sizeBytes) {
      throw new MusterError(3100, `the end of ${name} after ${queue.writtenBytes} of ${sizeBytes} bytes`);
    }
    await this.#file?.close();
    faultPoint('receive.complete');
    const actual = this.#hash?.digest('hex') ?? (await this.#deps.digestFile(entry.partPath)).digest;
    if (this.#isDisposed) return;
    if (actual !== announced || (digest !== null && actual !== digest)) {
      await rm(entry.partPath, { force: true });
      throw new MusterError(3112, name);
    }
    faultPoint('receive.verified');
    this.#moveIntoPlace(entry, queue.writtenBytes);
  }

  /** Synchronous: between the last look at whether the file is wanted and the report nothing can come in between. */
  #moveIntoPlace(entry: SpoolEntry, sizeBytes: number): void {
    try {
      renameSync(entry.partPath, entry.finalPath);
    } catch (error) {
      throw fileSystemError(entry.finalPath, error);
    }
    faultPoint('receive.placed');
    this.#emit({ type: 'sink.verified', file: entry.finalPath, sizeBytes });
  }

  async #close(): Promise<void> {
    const entry = this.#entry;
    await this.#queue?.drained();
    await this.#file?.close();
    const nothingToResume = this.#queue === null || this.#queue.writtenBytes === 0;
    if (entry !== null && (this.#hasNoRoom || (nothingToResume ? entry.offset === 0 : !entry.isResumable))) {
      await rm(entry.partPath, { force: true });
    }
  }

  #emit(event: SinkEvent | FileVerified): void {
    if (!this.#isDisposed) this.#tell(event);
  }

  #break(error: unknown): void {
    if (error instanceof Error && isDiskFull(error.message)) this.#hasNoRoom = true;
    this.#emit({ type: 'sink.broken', failure: asFailure(error) });
  }
}

/** Only regular files of our own: a link that somebody put there is not followed. */
async function openPart({ partPath, offset }: SpoolEntry): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | (offset === 0 ? O_TRUNC : 0);
  return await open(partPath, flags, 0o640).catch((error) => {
    throw fileSystemError(partPath, error);
  });
}
