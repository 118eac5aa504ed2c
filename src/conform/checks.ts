import type { ArgsOf } from '../protocol/commands.ts';
import type { Check, Checks, RequestCheck } from './hearing.ts';
import { replyOf } from './hearing.ts';
import type { TalkWithMaster } from './talk-with-master.ts';

/** What a master that is asked about the cluster has to say. */
export const mastersChecks = ({ part, master }: Pick<TalkWithMaster, 'part' | 'master'>): Checks => {
  const get_nodes: Check = (answer) => {
    const { items } = replyOf<'get_nodes'>(answer);
    const names = items.map(({ name }) => name);
    return items[0]?.name === master.name && names.filter((name) => name === part.name).length === 1;
  };
  const get_health: Check = (answer) => Object.hasOwn(replyOf<'get_health'>(answer).nodes, part.name);
  const cancel_task: RequestCheck = (args, { facts }) => (args as ArgsOf<'cancel_task'>).task === facts.task;
  return { answers: { get_nodes, get_health }, requests: { 'hear.cancel_task': cancel_task } };
};
