import { createInflate, type Inflate, inflateSync } from 'node:zlib';
import { MusterError } from '../../protocol/errors.ts';
import { errorCode } from '../ports.ts';
import { WAZUH4_WHOLE_ENTRY_BYTES } from './limits.ts';
import { Pump } from './pump.ts';
import type { Window } from './window.ts';

/** Room behind the largest content, so that zlib need not ask again to see its end. */
const CHUNK_BYTES = 65_536;

const corrupt = (error: unknown) =>
  new MusterError(3115, `its content: ${(error as Error).message}`, { cause: error });

/**
 * The content of a stream that is there as a whole; null if it does not end here, or is too large for that. Throws 3115
 * for what is no such stream, or has something behind it.
 */
export function inflateWhole(bytes: Uint8Array): Buffer | null {
  try {
    const { buffer, engine } = inflateSync(bytes, {
      maxOutputLength: WAZUH4_WHOLE_ENTRY_BYTES,
      info: true,
    }) as unknown as { buffer: Buffer; engine: Inflate };
    if (engine.bytesWritten !== bytes.length) throw new Error('something stands behind it');
    return buffer;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'Z_BUF_ERROR' || code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw corrupt(error);
  }
}

/**
 * Inflates the stream that begins in a window, piece by piece, and leaves the window behind its end: what ends it is
 * zlib's own mark, so that it may hold anything. Rejects with 3115 for what is no such stream, with what `onContent`
 * throws, and as `fill` does.
 */
export async function inflateFrom(window: Window, onContent: (piece: Buffer) => void): Promise<void> {
  const pump = new Pump(createInflate({ chunkSize: CHUNK_BYTES }), onContent);
  try {
    while (!pump.hasEnded) {
      window.fill(1);
      const before = pump.usedBytes;
      if (window.bytes.length === 0) await pump.finish();
      else await pump.feed(window.bytes);
      window.take(pump.usedBytes - before);
    }
  } catch (error) {
    throw errorCode(error)?.startsWith('Z_') ? corrupt(error) : error;
  } finally {
    pump.close();
  }
}
