import { z } from 'zod';
import { type Endpoint, endpoint } from './endpoint.ts';
import { agentFilters, commaList, fileParam, flag, groupId, groupsList, listQuery, WORD } from './query.ts';

const tag = 'Groups';
const params = { group_id: groupId };
const { group: _group, ...filtersWithin } = agentFilters;
const raw = flag('Answers the text of the file instead of JSON.').optional();

const file = {
  kind: 'single',
  toText: ({ content }: { content: string }) => content,
  message: 'The file was read',
} as const;

/** Groups of agents, and the files that their agents are sent. */
export const groupEndpoints: readonly Endpoint[] = [
  endpoint({
    verb: 'GET',
    path: '/groups',
    tag,
    summary: 'Groups, and how many agents each has.',
    method: 'groups.list',
    query: {
      ...listQuery,
      groups_list: groupsList.describe('Names of groups; all unless given.').optional(),
    },
    ask: ({ query: { groups_list, ...list } }) => ({ args: { ...list, groups: groups_list } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'POST',
    path: '/groups',
    tag,
    summary: 'Makes a group.',
    method: 'groups.add',
    body: { json: z.strictObject({ group_id: groupId }) },
    ask: ({ body: { group_id } }) => ({ args: { name: group_id } }),
    answer: { kind: 'data', message: 'The group was made' },
  }),
  endpoint({
    verb: 'DELETE',
    path: '/groups',
    tag,
    summary: 'Removes groups and their files; their agents leave them. `default` stays.',
    method: 'groups.remove',
    query: { groups_list: commaList('Names of groups.', WORD) },
    ask: ({ query: { groups_list } }) => ({ args: { groups: groups_list } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'GET',
    path: '/groups/{group_id}/agents',
    tag,
    summary: 'The agents of a group.',
    method: 'groups.agents',
    params,
    query: { ...listQuery, ...filtersWithin },
    ask: ({ params: { group_id }, query }) => ({ args: { ...query, group: group_id } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'GET',
    path: '/groups/{group_id}/files',
    tag,
    summary: 'The files of a group.',
    method: 'groups.files',
    params,
    query: listQuery,
    ask: ({ params: { group_id }, query }) => ({ args: { ...query, group: group_id } }),
    answer: { kind: 'items' },
  }),
  endpoint({
    verb: 'GET',
    path: '/groups/{group_id}/files/{file_name}',
    tag,
    summary: 'One file of a group, as it is.',
    method: 'groups.file_get',
    params: { ...params, file_name: fileParam },
    query: { raw },
    ask: ({ params: { group_id, file_name } }) => ({ args: { group: group_id, filename: file_name } }),
    answer: file,
  }),
  endpoint({
    verb: 'GET',
    path: '/groups/{group_id}/configuration',
    tag,
    summary: 'The configuration of the agents of a group, `agent.conf`, as it is.',
    method: 'groups.file_get',
    params,
    query: { raw },
    ask: ({ params: { group_id } }) => ({ args: { group: group_id, filename: 'agent.conf' } }),
    answer: file,
  }),
  endpoint({
    verb: 'PUT',
    path: '/groups/{group_id}/configuration',
    tag,
    summary: 'Writes the configuration of the agents of a group.',
    method: 'groups.configuration_put',
    params,
    body: { text: 'application/xml' },
    ask: ({ params: { group_id }, body }) => ({ args: { group: group_id, content: body } }),
    answer: { kind: 'data', message: 'The configuration was written' },
  }),
];
