import { openSync } from 'node:fs';
import { type ReadFileSystem, realFileSystem, type SyncFileSystem } from '../../src/files/ports.ts';
import { realReadFileSystem } from '../../src/files/walk.ts';

/** How one call of the file system goes wrong. After a `dies` nothing succeeds any more: the process is dead. */
export type Fault =
  | 'ENOSPC'
  | 'EIO'
  | 'EACCES'
  | 'EMFILE'
  | 'short'
  | 'dies before'
  | 'dies within'
  | 'dies after';

/** After these the process lives on and hears of the error. */
export const ERRORS = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'short'] as const satisfies Fault[];
export const DEATHS = ['dies before', 'dies within', 'dies after'] as const satisfies Fault[];

/** Which calls go wrong, counted from 1, and how. */
export type Faults = ReadonlyMap<number, Fault>;

/** A path that is in the way for good: from one call on, every call that names it fails. */
export interface Stuck {
  /** That call, counted from 1, and which of its arguments the path is. */
  readonly at: number;
  readonly argument: 0 | 1;
  readonly code: string;
}

/** A file system that does what the real one does until a call that is to go wrong. */
export class FaultyFileSystem {
  /** Names of the calls so far. */
  readonly calls: string[] = [];
  readonly port: SyncFileSystem;
  /** The path that is stuck by now. */
  stuckPath: string | null = null;
  readonly #faults: Faults;
  readonly #stuck: Stuck | null;
  #isDead = false;

  constructor(
    faults: Faults = new Map(),
    below: SyncFileSystem = realFileSystem,
    stuck: Stuck | null = null,
  ) {
    this.#faults = faults;
    this.#stuck = stuck;
    this.port = new Proxy(below, {
      get:
        (real, name: keyof SyncFileSystem) =>
        (...args: never[]) =>
          this.#call(real, name, args),
    });
  }

  /** True if the process died, so that nothing is known of it but what is on the disk. */
  get isDead(): boolean {
    return this.#isDead;
  }

  #call(real: SyncFileSystem, name: keyof SyncFileSystem, args: never[]): unknown {
    this.calls.push(name);
    if (this.#isDead) throw refusal('EIO', name);
    const argument: unknown = args[this.#stuck?.argument ?? 0];
    if (this.calls.length === this.#stuck?.at && typeof argument === 'string') this.stuckPath = argument;
    const isStuck = this.stuckPath !== null && args.some((each) => each === this.stuckPath);
    const run = () => (real[name] as (...args: never[]) => unknown)(...args);
    const fault = this.#faults.get(this.calls.length);
    if (fault === undefined && isStuck) throw refusal(this.#stuck?.code ?? 'EBUSY', name);
    if (fault === undefined) return run();
    this.#isDead = fault.startsWith('dies');
    if (fault === 'dies after') run();
    if (fault === 'dies within' || fault === 'short') doHalf(real, name, args);
    throw refusal(fault.startsWith('E') ? fault : 'ENOSPC', name);
  }
}

/** What is left of a call that was cut off: half a file, half a tree. Other calls are done as a whole or not at all. */
function doHalf(real: SyncFileSystem, name: keyof SyncFileSystem, args: unknown[]): void {
  const [path, second, mode] = args as [string, Uint8Array & string, number];
  if (name === 'create') real.create(path, second.subarray(0, second.length / 2), mode);
  if (name === 'append') real.append(path as unknown as number, second.subarray(0, second.length / 2));
  if (name === 'writeDurably') real.writeDurably(path, second.subarray(0, second.length / 2), mode);
  if (name === 'copy') {
    const content = real.read(path);
    real.writeDurably(second, content.subarray(0, content.length / 2), 0o600);
  }
  if (name === 'removeTree' && real.lstat(path)?.isDirectory === true) {
    const names = real.list(path).toSorted();
    for (const below of names.slice(0, names.length / 2)) real.removeTree(`${path}/${below}`);
  }
}

/** What may go wrong while files are looked at; `bad sector` is a file that opens and cannot be read. */
export type ReadFault = 'EIO' | 'EACCES' | 'EMFILE' | 'ENOENT' | 'bad sector';
export const READ_FAULTS = ['EIO', 'EACCES', 'EMFILE', 'ENOENT', 'bad sector'] as const satisfies ReadFault[];

/** A file whose first byte nobody can read. */
const UNREADABLE = '/proc/self/mem';

/** A file system to read from, in which one call goes wrong. */
export function faultyReader(at: number, fault: ReadFault): { port: ReadFileSystem; calls: string[] } {
  const calls: string[] = [];
  const port: ReadFileSystem = {
    entries: (directory) => call('entries', () => realReadFileSystem.entries(directory)),
    lstat: (path) => call('lstat', () => realReadFileSystem.lstat(path)),
    open: (path) => call('open', () => realReadFileSystem.open(path)),
    fstat: (file) => call('fstat', () => realReadFileSystem.fstat(file)),
  };
  function call<Result>(name: keyof ReadFileSystem, run: () => Result): Result {
    calls.push(name);
    if (calls.length !== at) return run();
    if (fault !== 'bad sector') throw refusal(fault, name);
    if (name === 'open') return openSync(UNREADABLE, 'r') as Result;
    throw refusal('EIO', name);
  }
  return { port, calls };
}

/** An error as the operating system gives it. */
export function refusal(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: refused, ${what}`), { code });
}
