import { BULK_CHUNK_BYTES } from '../../protocol/limits.ts';
import type { Channel, RequestOptions } from '../channel.ts';

/** Sends a text as a long string, piece by piece, for a command that has no machine of its own. Resolves to its handle. */
export async function sendString(channel: Channel, text: string, options: RequestOptions): Promise<number> {
  const bytes = Buffer.from(text);
  // Its digest is not told there.
  const { handle } = await channel.request('new_str', { size: bytes.length, digest: '' }, options);
  for (let at = 0; at < bytes.length; at += BULK_CHUNK_BYTES)
    await channel.sendBulk('str_upd', handle, at, bytes.subarray(at, at + BULK_CHUNK_BYTES), options);
  return handle;
}
