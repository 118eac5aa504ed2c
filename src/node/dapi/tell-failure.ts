import { textOfObjects } from '../../protocol/dialects/wazuh4/objects.ts';
import type { MusterError } from '../../protocol/errors.ts';
import { failureOf } from '../../requests/wazuh4/translate.ts';
import type { Channel } from '../channel.ts';
import type { RequestOptions } from '../channel-options.ts';
import { sendString } from '../wazuh4/send-string.ts';
import type { ApiRequest } from './live-requests.ts';

/** What has failed, and where. */
interface Failed {
  readonly id: string;
  /** Null for one of which no more is understood than its name. */
  readonly request: ApiRequest | null;
  readonly node: string;
}

/** Tells a peer that a request of its own has failed, so that it hears of it. */
export async function tellFailure(
  channel: Channel,
  { id, request, node }: Failed,
  error: MusterError,
  options: RequestOptions,
): Promise<void> {
  if (channel.traits.hearsFailures) {
    await channel.request('dapi_err', { id, error: error.toWire() }, options);
    return;
  }
  // A master waits in vain for those that are told otherwise than as answers.
  const text = textOfObjects(failureOf(error, request, node));
  await sendString(channel, text, options, (handle) =>
    channel.request('dapi_res', { id, handle, text: null }, options),
  );
}
