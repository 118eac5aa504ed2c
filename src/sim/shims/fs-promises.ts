import { contentOf } from '../disk.ts';
import { files } from '../file-system.ts';
import { world } from '../world.ts';
import * as fs from './fs.ts';
import { statsOf } from './stats.ts';

/** `node:fs/promises` as the nodes of a simulated world find it: each call is done a little later, and others may be first. */

export { constants } from './fs.ts';

/** The longest that a call waits for its turn. */
const MAX_CALL_MS = 1.5;

/** Does the call when its time has come, unless its node has died until then. */
function later<Result>(call: () => Result): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  world().after(world().random('disk')() * MAX_CALL_MS, () => {
    try {
      resolve(call());
    } catch (error) {
      reject(error);
    }
  });
  return promise;
}

interface StatOptions {
  bigint?: boolean;
}

class FileHandle {
  readonly fd: number;
  #isClosed = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  stat({ bigint = false }: StatOptions = {}) {
    return later(() => fs.fstatSync(this.fd, { bigint }));
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number | null) {
    return later(() => ({ bytesRead: files.read(this.fd, buffer, offset, length, position), buffer }));
  }

  write(bytes: Uint8Array, offset = 0, length = bytes.length - offset, position: number | null = null) {
    const part = bytes.subarray(offset, offset + length);
    return later(() => ({ bytesWritten: files.write(this.fd, part, position), buffer: bytes }));
  }

  writev(buffers: readonly Uint8Array[], position: number | null = null) {
    const [only] = buffers;
    return later(() => {
      const bytes = buffers.length === 1 && only !== undefined ? only : Buffer.concat(buffers);
      return { bytesWritten: files.write(this.fd, bytes, position), buffers };
    });
  }

  readFile(how?: BufferEncoding | { encoding?: BufferEncoding }) {
    return later(() => {
      const bytes = Buffer.from(contentOf(files.opened(this.fd, 'read').inode));
      const encoding = typeof how === 'string' ? how : how?.encoding;
      return encoding === undefined ? bytes : bytes.toString(encoding);
    });
  }

  writeFile(content: string | Uint8Array) {
    return later(() => fs.writeFileSync(this.fd, content));
  }

  truncate(sizeBytes = 0) {
    return later(() => fs.ftruncateSync(this.fd, sizeBytes));
  }

  sync() {
    return later(() => files.sync(this.fd));
  }

  chmod(mode: number) {
    return later(() => fs.fchmodSync(this.fd, mode));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await later(() => files.close(this.fd));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export const open = (path: string, flags: string | number = 'r', mode = 0o666) =>
  later(() => new FileHandle(files.open(path, flags, mode)));
export const lstat = (path: string, { bigint = false }: StatOptions = {}) =>
  later(() => statsOf(files.find(path, 'lstat'), bigint));
export const stat = lstat;
export const readFile = (path: string, how?: BufferEncoding) => later(() => fs.readFileSync(path, how));
export const writeFile = (path: string, content: string | Uint8Array, options?: { mode?: number }) =>
  later(() => fs.writeFileSync(path, content, options));
export const readdir = (path: string, options?: { withFileTypes?: boolean }) =>
  later(() => fs.readdirSync(path, options));
export const mkdir = (path: string, options?: { mode?: number; recursive?: boolean }) =>
  later(() => fs.mkdirSync(path, options));
export const rename = (from: string, to: string) => later(() => fs.renameSync(from, to));
export const link = (from: string, to: string) => later(() => fs.linkSync(from, to));
export const rm = (path: string, options?: { recursive?: boolean; force?: boolean }) =>
  later(() => fs.rmSync(path, options));
export const chmod = (path: string, mode: number) => later(() => fs.chmodSync(path, mode));
/** What is simulated has no owners. */
export const lchown = (path: string, _uid: number, _gid: number) => later(() => void fs.lstatSync(path));
export const realpath = (path: string) =>
  later(() => {
    files.find(path, 'realpath');
    return path;
  });
export const mkdtemp = (): never => {
  throw new Error('fs.mkdtemp is not simulated');
};
