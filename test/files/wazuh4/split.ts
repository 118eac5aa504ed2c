import { inflateSync } from 'node:zlib';
import { ENTRY_END, LIST } from './packages.ts';

const PATH_END = '|//@@//|';

/**
 * Contents by path, read as an original reads: the package is split by the separators, wherever they stand, and each part
 * must be a whole stream. Throws where one is not.
 */
export function splitPackage(bytes: Buffer): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const separator = bytes.indexOf(ENTRY_END, at);
    const end = separator < 0 ? bytes.length : separator;
    const pathEnd = bytes.indexOf(PATH_END, at);
    if (pathEnd < 0 || pathEnd > end) throw new Error(`the part at ${at} has no path`);
    const path = bytes.toString('utf8', at, pathEnd);
    contents.set(path, inflateSync(bytes.subarray(pathEnd + PATH_END.length, end)));
    at = end + ENTRY_END.length;
  }
  if (!contents.has(LIST)) throw new Error('there is no list');
  return contents;
}
