import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { MusterError } from '../../protocol/errors.ts';
import { OPEN_TO_READ } from '../digest.ts';
import { MAX_METADATA_BYTES, MAX_PATH_BYTES, MAX_SET_FILES } from '../limits.ts';
import { systemMessage } from '../ports.ts';
import { ENTRY_END, LIST_NAME, PATH_END } from './format.ts';
import { inflateFrom, inflateWhole } from './inflate.ts';
import {
  WAZUH4_MAX_CONTENT_BYTES,
  WAZUH4_MAX_ENTRY_BYTES,
  WAZUH4_MAX_PACKAGE_BYTES,
  WAZUH4_WHOLE_ENTRY_BYTES,
} from './limits.ts';
import { Inflater } from './one-shot.ts';
import { Window } from './window.ts';

/** What becomes of the content of one file. */
export interface ContentSink {
  write(piece: Buffer): void;
  end(): void;
}

/** Takes the files of a package, in their order. */
export interface EntryTaker {
  /** One that is small; the content is there until this returns. May throw, to refuse the package. */
  whole(path: string, content: Buffer): void;
  /** One that comes in pieces. */
  begin(path: string): ContentSink;
}

const corrupt = (why: string) => new MusterError(3115, why);

/**
 * Reads a package of the original from a file, in pieces, however large it is, and returns the list that is its last
 * entry. Rejects with 3115 for what is no such package, 3113 for one that is too large or holds too much, 3040 if there
 * is none, and as the taker throws.
 */
export async function readWazuh4Package(
  path: string,
  taker: EntryTaker,
  maxContentBytes: number = WAZUH4_MAX_CONTENT_BYTES,
  maxEntryBytes: number = WAZUH4_MAX_ENTRY_BYTES,
): Promise<Buffer> {
  const file = open(path);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new MusterError(3040, `${path} is no file`);
    if (stats.size > WAZUH4_MAX_PACKAGE_BYTES)
      throw new MusterError(3113, `a package of ${stats.size} bytes`);
    return await new Reader(new Window(file, stats.size), taker, maxContentBytes, maxEntryBytes).run();
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, OPEN_TO_READ);
  } catch (error) {
    throw new MusterError(3040, systemMessage(path, error), { cause: error });
  }
}

class Reader {
  readonly #window: Window;
  readonly #taker: EntryTaker;
  readonly #paths = new Set<string>();
  readonly #inflater = new Inflater();
  /** Small contents, one after the other; one byte more than they may have, so that a longer one shows. */
  readonly #content = Buffer.allocUnsafeSlow(WAZUH4_WHOLE_ENTRY_BYTES + 1);
  #leftBytes: number;
  readonly #maxEntryBytes: number;

  constructor(window: Window, taker: EntryTaker, maxContentBytes: number, maxEntryBytes: number) {
    this.#window = window;
    this.#taker = taker;
    this.#leftBytes = maxContentBytes;
    this.#maxEntryBytes = maxEntryBytes;
  }

  async run(): Promise<Buffer> {
    for (;;) {
      const path = this.#path();
      if (path === LIST_NAME) return await this.#list();
      if (this.#paths.has(path)) throw corrupt(`it holds ${JSON.stringify(path)} twice`);
      if (this.#paths.size >= MAX_SET_FILES) throw new MusterError(3113, `more than ${MAX_SET_FILES} files`);
      this.#paths.add(path);
      const content = this.#whole();
      if (content === null) await this.#pieces(path, this.#taker.begin(path));
      else {
        this.#spend(content.length);
        this.#taker.whole(path, content);
      }
      this.#separator();
    }
  }

  #path(): string {
    const window = this.#window;
    window.fill(MAX_PATH_BYTES + PATH_END.length);
    const head = window.bytes.subarray(0, MAX_PATH_BYTES + PATH_END.length);
    if (head.length === 0) throw corrupt('it ends before its list');
    const at = head.indexOf(PATH_END);
    if (at < 0) throw corrupt(`entry ${this.#paths.size + 1} has no path`);
    window.take(at + PATH_END.length);
    const path = head.subarray(0, at);
    if (!isUtf8(path)) throw corrupt(`the path of entry ${this.#paths.size + 1} is no UTF-8`);
    return path.toString();
  }

  /** The content of an entry that is small and in sight up to its separator; null if it has to be read in pieces. */
  #whole(): Buffer | null {
    const window = this.#window;
    window.fill(WAZUH4_WHOLE_ENTRY_BYTES + ENTRY_END.length);
    const end = window.bytes.subarray(0, WAZUH4_WHOLE_ENTRY_BYTES + ENTRY_END.length).indexOf(ENTRY_END);
    if (end < 0) return null;
    const stream = window.bytes.subarray(0, end);
    const sizeBytes = this.#inflater.inflate(stream, this.#content);
    // What is not as most are shows its trouble there.
    const content = sizeBytes === null ? inflateWhole(stream) : this.#content.subarray(0, sizeBytes);
    if (content !== null) window.take(end);
    return content;
  }

  async #pieces(path: string, sink: ContentSink): Promise<void> {
    let leftBytes = this.#maxEntryBytes;
    await inflateFrom(this.#window, (piece) => {
      leftBytes -= piece.length;
      if (leftBytes < 0)
        throw new MusterError(3113, `${JSON.stringify(path)} has more than ${this.#maxEntryBytes} bytes`);
      this.#spend(piece.length);
      sink.write(piece);
    });
    sink.end();
  }

  async #list(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let left = MAX_METADATA_BYTES;
    await inflateFrom(this.#window, (piece) => {
      left -= piece.length;
      if (left < 0) throw new MusterError(3113, `a list of files of more than ${MAX_METADATA_BYTES} bytes`);
      pieces.push(piece);
    });
    this.#window.fill(1);
    if (this.#window.bytes.length > 0) throw corrupt('something stands behind its list');
    return Buffer.concat(pieces);
  }

  #separator(): void {
    this.#window.fill(ENTRY_END.length);
    const { bytes } = this.#window;
    if (!bytes.subarray(0, ENTRY_END.length).equals(ENTRY_END))
      throw corrupt(bytes.length === 0 ? 'it ends before its list' : 'no separator stands behind an entry');
    this.#window.take(ENTRY_END.length);
  }

  #spend(sizeBytes: number): void {
    this.#leftBytes -= sizeBytes;
    if (this.#leftBytes < 0) throw new MusterError(3113, 'a package that holds more than there is room for');
  }
}

/** The list of a package that is nothing else: what a worker sends. Rejects as `readWazuh4Package`. */
export function readWazuh4List(path: string): Promise<Buffer> {
  const refuse = () => {
    throw corrupt('it holds files, where only a list is expected');
  };
  return readWazuh4Package(path, { whole: refuse, begin: refuse });
}
