import { transferTask } from '../../../machines/transfer/task-name.ts';
import { MusterError } from '../../protocol/errors.ts';
import { BULK_CHUNK_BYTES } from '../../protocol/limits.ts';
import type { Channel, RequestOptions } from '../channel.ts';

const UNANSWERED = 3020;

/**
 * Sends a text as a long string, piece by piece, for a command that has no machine of its own, and then has it named by that.
 * If either fails, the peer is told that nobody is going to use it, as far as it can be told.
 */
export async function sendString(
  channel: Channel,
  text: string,
  options: RequestOptions,
  use: (handle: number) => Promise<unknown>,
): Promise<void> {
  const bytes = Buffer.from(text);
  const handle = await announce(channel, bytes.length, options);
  try {
    for (let at = 0; at < bytes.length; at += BULK_CHUNK_BYTES)
      await channel.sendBulk('str_upd', handle, at, bytes.subarray(at, at + BULK_CHUNK_BYTES), options);
    await use(handle);
  } catch (error) {
    const args = { task: transferTask(handle), error: MusterError.from(error).toWire() };
    unheard(channel.request('cancel_task', args, withoutSignal(options)));
    throw error;
  }
}

async function announce(channel: Channel, size: number, options: RequestOptions): Promise<number> {
  try {
    // Its digest is not told there.
    return (await channel.request('new_str', { size, digest: '' }, options)).handle;
  } catch (error) {
    if (MusterError.from(error).code === UNANSWERED)
      unheard(channel.request('err_str', { size }, withoutSignal(options)));
    throw error;
  }
}

/** Whoever has given up does not give up telling so. */
const withoutSignal = ({ timeoutMs }: RequestOptions): RequestOptions =>
  timeoutMs === undefined ? {} : { timeoutMs };

/** The failure that led here is the one to tell of. */
const unheard = (telling: Promise<unknown>): void => void telling.catch(() => {});
