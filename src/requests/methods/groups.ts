import { z } from 'zod';
import { count, fileSize, shortText } from '../../protocol/commands/shapes.ts';
import { agentFilters, agentItem, groupNames } from '../agent-shapes.ts';
import { content, fileName, listedName } from '../file-shapes.ts';
import { listArgs } from '../list-args.ts';
import { itemsOf, method } from '../method.ts';

/** MD5, as agents compare it. */
const sum = shortText;
const { group: _group, ...filtersWithin } = agentFilters;

/** Groups of agents: the directories of `etc/shared` of the master. */
export const groupMethods = {
  'groups.list': method({
    type: 'local_master',
    summary: 'Groups, with how many agents each has. Names that are no group are told in `failed` (1710).',
    args: z.strictObject({ ...listArgs, groups: groupNames.optional() }),
    result: itemsOf(
      z
        .strictObject({
          name: shortText,
          /** Of agents. */
          count,
          /** MD5 of `agent.conf`; not there if the file is not. */
          configSum: sum,
          /** MD5 of `merged.mg`; not there if the file is not. */
          mergedSum: sum,
        })
        .partial(),
    ),
    example: {
      args: { sort: '-count' },
      result: { items: [{ name: 'default', count: 3 }], totalItems: 1, failed: [], message: '1 group' },
    },
  }),
  'groups.add': method({
    type: 'local_master',
    writes: true,
    summary: 'Makes a group: its directory in `etc/shared`, with an empty configuration for agents.',
    args: z.strictObject({ name: shortText }),
    result: z.strictObject({ name: shortText }),
    example: { args: { name: 'web' }, result: { name: 'web' } },
  }),
  'groups.remove': method({
    type: 'local_master',
    writes: true,
    summary:
      'Removes groups and their files; their agents leave them. `default` stays and is told in `failed` (1712).',
    args: z.strictObject({ groups: groupNames }),
    result: itemsOf(shortText),
    example: {
      args: { groups: ['web', 'default'] },
      result: {
        items: ['web'],
        totalItems: 1,
        failed: [{ error: { code: 1712, detail: null }, ids: ['default'] }],
        message: '1 group removed',
      },
    },
  }),
  'groups.agents': method({
    type: 'local_master',
    summary: 'The agents of a group.',
    args: z.strictObject({ ...listArgs, ...filtersWithin, group: shortText }),
    result: itemsOf(agentItem),
    example: {
      args: { group: 'web', select: ['id', 'name'] },
      result: { items: [{ id: '101', name: 'web-01' }], totalItems: 1, failed: [], message: '1 agent' },
    },
  }),
  'groups.files': method({
    type: 'local_master',
    summary: 'The files of a group.',
    args: z.strictObject({ ...listArgs, group: shortText }),
    result: itemsOf(
      z
        .strictObject({
          /** Below the directory of the group. */
          filename: listedName,
          /** MD5, as agents compare it. */
          hash: sum,
          size: fileSize,
        })
        .partial(),
    ),
    example: {
      args: { group: 'web' },
      result: {
        items: [{ filename: 'agent.conf', hash: 'd41d8cd98f00b204e9800998ecf8427e', size: 0 }],
        totalItems: 1,
        failed: [],
        message: '1 file',
      },
    },
  }),
  'groups.file_get': method({
    type: 'local_master',
    summary: 'One file of a group, as it is.',
    args: z.strictObject({ group: shortText, filename: fileName }),
    result: z.strictObject({ group: shortText, filename: fileName, content }),
    example: {
      args: { group: 'web', filename: 'agent.conf' },
      result: { group: 'web', filename: 'agent.conf', content: '<agent_config/>\n' },
    },
  }),
  'groups.configuration_put': method({
    type: 'local_master',
    writes: true,
    summary:
      'Writes the configuration of the agents of a group, `agent.conf`, which has to be XML as the original reads it (several roots, a lone `<` or `&` are allowed).',
    args: z.strictObject({ group: shortText, content }),
    result: z.strictObject({ group: shortText, filename: fileName }),
    example: {
      args: { group: 'web', content: '<agent_config>\n</agent_config>\n' },
      result: { group: 'web', filename: 'agent.conf' },
    },
  }),
};
