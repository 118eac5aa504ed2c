import type { MusterError } from '../../protocol/errors.ts';
import { failureText } from '../../requests/wazuh4/translate.ts';
import type { Channel } from '../channel.ts';
import type { RequestOptions } from '../channel-options.ts';
import { sendString } from '../wazuh4/send-string.ts';

/** Tells a peer that a request of its own has failed, so that it hears of it. */
export async function tellFailure(
  channel: Channel,
  id: string,
  error: MusterError,
  options: RequestOptions,
): Promise<void> {
  if (channel.traits.hearsFailures) {
    await channel.request('dapi_err', { id, error: error.toWire() }, options);
    return;
  }
  // A master waits in vain for those that are told otherwise than as answers.
  await sendString(channel, failureText(error), options, (handle) =>
    channel.request('dapi_res', { id, handle, text: null }, options),
  );
}
