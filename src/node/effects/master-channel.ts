import { MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import type { NodeServices } from '../services.ts';
import { told } from './failures.ts';

/** A worker's way to its master. Throws 3023, with the reason, while there is none. */
export function masterChannel({ channels, status }: Pick<NodeServices, 'channels' | 'status'>): Channel {
  const channel = channels.master();
  if (channel !== undefined && status.master !== null) return channel;
  // Whoever asks wants to know why, too.
  throw new MusterError(3023, status.masterFailure && told(status.masterFailure));
}
