import { MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import { sendString } from './send-string.ts';

/** In place of the number of a request: the string says how many bytes of a file were sent. */
export const SENT_FILE = 'send_file';

/**
 * Tells a client of 4.x that its file has been sent, and how many bytes that were. The original fails to say it (it hands
 * a number on as if it were text); its client waits for the id of a string, and takes that string for the answer.
 */
export async function tellSent(channel: Channel, bytes: number): Promise<void> {
  try {
    await sendString(channel, String(bytes), {}, (handle) =>
      channel.request('dapi_res', { id: SENT_FILE, handle, text: null }),
    );
  } catch (error) {
    // It has gone, or wants to know nothing of it; that the file was sent is so all the same.
    if (!(error instanceof MusterError)) throw error;
  }
}
