import { close, fsyncSync, write, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Backlog } from './backlog.ts';

/** Bytes that wait for a slow terminal, pipe or disk; beyond that lines are dropped and counted, and the node goes on. */
export const MAX_LOG_BACKLOG_BYTES = 8 * 1024 * 1024;

/** Time for the last lines to be read by whoever reads standard output. A disk that is full is not waited for. */
export const MAX_DRAIN_MS = 2_000;

/** Pause before a pipe that is full is tried again. */
const BUSY_PAUSE_MS = 100;

/** Standard output and error belong to the process, not to the log. */
const LAST_STANDARD_FD = 2;

/** Those to whom the rest is owed when the process ends, however it ends. */
const open = new Set<Sink>();
const flushAll = () => {
  for (const sink of open) sink.flush();
};

/**
 * Writes text to a file descriptor. A terminal or a pipe may be slow, and never makes the node wait (`patient: false`); a
 * file on disk is written at once, so that no line is lost with the process. What the system does not take waits, and is
 * tried again with the next line. What is left is written at exit, as far as it can be.
 */
export class Sink {
  #fd: number;
  readonly #isPatient: boolean;
  readonly #backlog: Backlog;
  #lostLines = 0;
  #failure: NodeJS.ErrnoException | null = null;
  /** Whether the system writes in another thread. */
  #isWriting = false;
  #isClosed = false;
  #idle: () => void = () => {};

  constructor(fd: number, options: { patient: boolean; maxBacklogBytes?: number }) {
    this.#fd = fd;
    this.#isPatient = options.patient;
    this.#backlog = new Backlog(options.maxBacklogBytes ?? MAX_LOG_BACKLOG_BYTES);
    if (open.size === 0) process.on('exit', flushAll);
    open.add(this);
  }

  write(text: string): void {
    if (this.#isClosed) return;
    if (!this.#backlog.add(text)) this.#lostLines += 1;
    if (this.#isPatient) this.#writeNow(0);
    else this.#writeAside();
  }

  /** Resolves when all is written in its order, or after `MAX_DRAIN_MS`: who does not read does not hold the node up. */
  async drained(): Promise<void> {
    if (!this.#isWriting) return;
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    await Promise.race([idle, pause(MAX_DRAIN_MS, undefined, { ref: false })]);
  }

  /** How many lines were dropped and not told of yet. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /** How many lines were dropped, once there is room to say so; 0 otherwise. Forgets them. */
  takeLostLines(): number {
    if (!this.isCaughtUp) return 0;
    const lost = this.#lostLines;
    this.#lostLines = 0;
    return lost;
  }

  /** Whether nothing waits any more. */
  get isCaughtUp(): boolean {
    return this.#backlog.isEmpty && !this.#isWriting;
  }

  /** The last failure to write, once. */
  takeFailure(): NodeJS.ErrnoException | null {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /** Writes what waits, now; gives up what the system refuses, or does not take within `MAX_DRAIN_MS`. */
  flush(): void {
    this.#writeNow(MAX_DRAIN_MS);
  }

  /** Goes on with another file of a disk, which is given what this one does not take. */
  moveTo(fd: number): void {
    this.flush();
    this.#sync();
    this.#closeFile();
    this.#fd = fd;
  }

  /** Writes what waits and closes the file (standard output and error stay open). Returns what could not be written. */
  close(): string {
    if (this.#isClosed) return '';
    this.flush();
    this.#isClosed = true;
    open.delete(this);
    if (open.size === 0) process.off('exit', flushAll);
    if (this.#isPatient) this.#sync();
    if (!this.#isWriting) this.#closeFile();
    return this.#backlog.takeAll();
  }

  /** Until nothing is left or the system refuses it. A pipe that is full is waited for, a full disk is not. */
  #writeNow(patienceMs: number): void {
    const deadlineMs = performance.now() + patienceMs;
    while (!this.#backlog.isEmpty) {
      const chunk = this.#backlog.take();
      try {
        this.#backlog.putBack(chunk.subarray(writeSync(this.#fd, chunk)));
      } catch (error) {
        const isBusy = this.#refused(chunk, error as NodeJS.ErrnoException);
        if (!isBusy || performance.now() >= deadlineMs) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
      }
    }
  }

  /** The same in another thread: a pipe may keep whoever writes waiting. */
  #writeAside(): void {
    if (this.#isWriting) return;
    if (this.#backlog.isEmpty) {
      this.#idle();
      return;
    }
    const chunk = this.#backlog.take();
    this.#isWriting = true;
    write(this.#fd, chunk, (error, written) => {
      const isBusy = error !== null && this.#refused(chunk, error);
      if (error === null) this.#backlog.putBack(chunk.subarray(written));
      if (isBusy) setTimeout(() => this.#wrote(true), BUSY_PAUSE_MS);
      else this.#wrote(error === null);
    });
  }

  /** After a failure it goes on with the next line. */
  #wrote(goesOn: boolean): void {
    this.#isWriting = false;
    if (this.#isClosed) this.#closeFile();
    else if (goesOn) this.#writeAside();
    else this.#idle();
  }

  /** Keeps what was not taken. True if it is worth to wait a moment. */
  #refused(chunk: Buffer, error: NodeJS.ErrnoException): boolean {
    this.#backlog.putBack(chunk);
    if (error.code === 'EAGAIN' || error.code === 'EBUSY') return true;
    // Nobody reads it any more, and nobody will.
    if (error.code === 'EPIPE') this.#backlog.takeAll();
    this.#failure = error;
    return false;
  }

  #sync(): void {
    try {
      fsyncSync(this.#fd);
    } catch {
      // It is no file of a disk, or the disk fails: what was refused is known.
    }
  }

  #closeFile(): void {
    if (this.#fd <= LAST_STANDARD_FD) return;
    close(this.#fd, () => {
      // What could not be written was told.
    });
  }
}
