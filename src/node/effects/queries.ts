import { MusterError } from '../../protocol/errors.ts';
import type { Channel } from '../channel.ts';
import type { NodeServices } from '../services.ts';
import { type HealthArgs, health } from './health.ts';
import { listNodes, type NodesArgs } from './nodes.ts';

/** Answers of a node to its peers that need nothing but what it knows: `get_nodes`, `get_health`, `get_files`. */
export function clusterAnswers(services: NodeServices) {
  const { channels } = services;
  return (connectionId: number, counter: number, query: string, event: object): void => {
    const channel = channels.find(connectionId);
    if (channel === undefined) return;
    try {
      const { type: _type, counter: _counter, ...args } = event as { type: string; counter: number };
      if (query === 'get_nodes') channel.reply<'get_nodes'>(counter, listNodes(services, args as NodesArgs));
      else if (query === 'get_health')
        channel.reply<'get_health'>(counter, health(services, args as HealthArgs));
      else void answerFiles(services, channel, counter);
    } catch (error) {
      channel.fail(counter, MusterError.from(error));
    }
  };
}

/** The integrity set of this node as it is now: whoever asks wants to compare. */
async function answerFiles({ index }: NodeServices, channel: Channel, counter: number): Promise<void> {
  try {
    const { digest } = await index.scan();
    channel.reply<'get_files'>(counter, { digest, files: Object.fromEntries(await index.list()) });
  } catch (error) {
    channel.fail(counter, MusterError.from(error));
  }
}
