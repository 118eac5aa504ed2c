import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { type HealthArgs, health } from './health.ts';
import { ListAnswers } from './list-answers.ts';
import { listNodes, type NodesArgs } from './nodes.ts';

/** Answers of a node to its peers that need nothing but what it knows: `get_nodes`, `get_health`, `dapi_clus`, `get_files`. */
export function clusterAnswers(services: NodeServices) {
  const { channels } = services;
  const lists = new ListAnswers(services);
  return async (connectionId: number, counter: number, query: string, event: object): Promise<void> => {
    const channel = channels.find(connectionId);
    if (channel === undefined) return;
    try {
      const { type: _type, counter: _counter, ...rest } = event as { type: string; counter: number };
      // `dapi_clus` asks the same by another name.
      const about =
        query === 'dapi_clus' ? (rest as unknown as ArgsOf<'dapi_clus'>) : { request: query, args: rest };
      if (about.request === 'get_nodes')
        channel.reply<'get_nodes'>(counter, listNodes(services, about.args as NodesArgs));
      else if (about.request === 'get_health')
        channel.reply<'get_health'>(counter, await health(services, about.args as HealthArgs));
      else lists.answer(connectionId, counter);
    } catch (error) {
      channel.fail(counter, MusterError.from(error));
    }
  };
}
