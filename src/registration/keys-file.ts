import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { systemWords } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { formatKeyLines, type KeyLine } from './key-lines.ts';
import { MAX_CLIENT_KEYS_BYTES } from './limits.ts';
import { replaceFile } from './replace-file.ts';

/** The file as text. */
export interface KeysFile {
  readonly text: string;
  /** Bytes that are not UTF-8 are taken one by one, so that they are written as they were. */
  readonly encoding: 'utf8' | 'latin1';
}

/** It holds the keys of agents. */
const FILE_MODE = 0o640;

/** Null where there is no such file. Throws 3113, 3119. */
export function readKeysFile(path: string): KeysFile | null {
  try {
    checkSize(path, statSync(path).size);
    const bytes = readFileSync(path);
    const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
    return { text: bytes.toString(encoding), encoding };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (error instanceof MusterError) throw error;
    throw new MusterError(3119, `${path}: ${systemWords(error)}`, { cause: error });
  }
}

/** Throws 3113, 3119; the old file stays then. */
export function writeKeysFile(path: string, lines: readonly KeyLine[], encoding: KeysFile['encoding']): void {
  const content = Buffer.from(formatKeyLines(lines), encoding);
  checkSize(path, content.length);
  replaceFile(path, content, FILE_MODE);
}

function checkSize(path: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_CLIENT_KEYS_BYTES) return;
  throw new MusterError(3113, `${path}: ${sizeBytes} bytes, at most ${MAX_CLIENT_KEYS_BYTES} are allowed`);
}
