import { z } from 'zod';
import { NODE_NAME } from '../../protocol/commands/shapes.ts';
import { MAX_TEXT_CHARS } from '../../protocol/limits.ts';
import { MAX_HTTP_PAGE_ITEMS, MAX_PARAM_CHARS } from '../limits.ts';

/** Values with commas between them. */
const MAX_LIST_CHARS = 65_536;

/** `true` or `false`. */
export const flag = (about: string) =>
  z
    .enum(['true', 'false'])
    .describe(about)
    .transform((text) => text === 'true');

export const commaList = (about: string, item: RegExp) =>
  z
    .string()
    .min(1)
    .max(MAX_LIST_CHARS)
    .regex(new RegExp(`^(?:${item.source})(?:,(?:${item.source}))*$`, item.flags))
    .describe(`${about} Commas between them.`)
    .transform((text) => text.split(','));

/** Any text without a comma or control characters. */
export const WORD = /[^,\p{Cc}]{1,255}/u;
const AGENT_ID = /\d{3,8}/;
const NODE = new RegExp(NODE_NAME.source.slice(1, -1));

export const agentId = z
  .string()
  .regex(/^\d{3,8}$/)
  .describe('The id of an agent, three digits or more.');
export const nodeId = z.string().regex(NODE_NAME).describe('The name of a node.');
export const groupId = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]+$/u)
  .describe('The name of a group.');
export const fileParam = z
  .string()
  .min(1)
  .max(MAX_PARAM_CHARS)
  .regex(/^[^\p{Cc}]+$/u)
  .describe('The file, below the directory that is meant; `/` in it is written `%2F`.');

export const agentsList = commaList('Ids of agents.', AGENT_ID);
export const nodesList = commaList('Names of nodes; all unless given.', NODE);
export const groupsList = commaList('Names of groups.', WORD);

/** What every endpoint takes. */
export const common = {
  pretty: flag('Breaks the answer into lines.').optional(),
  wait_for_complete: flag('Waits for the answer up to ten minutes instead of ten seconds.').optional(),
};

const text = (about: string) => z.string().min(1).max(MAX_TEXT_CHARS).describe(about);

export const paging = {
  offset: z.coerce.number().int().min(0).describe('Items to pass over; 0 unless given.').optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_HTTP_PAGE_ITEMS)
    .describe('Items of one page; 500 unless given.')
    .optional(),
};

/** What lists take. */
export const listQuery = {
  ...paging,
  sort: text('Fields; `-` in front of one for descending. Commas between them.').optional(),
  search: text('Items with this text in any field; with `-` in front those without.').optional(),
  select: commaList('Fields that are answered.', WORD).optional(),
  q: z
    .string()
    .min(1)
    .max(4_096)
    .describe('`field=value;other!=value,(third~part)`: `;` is and, `,` is or.')
    .optional(),
  distinct: flag('Items that are equal in what is selected count once.').optional(),
};

const one = (about: string) => text(about).optional();

/** Filters of lists of agents. */
export const agentFilters = {
  status: commaList(
    'States of connection: active, pending, never_connected, disconnected.',
    /active|pending|never_connected|disconnected/,
  )
    .transform((all) => [...new Set(all)] as ('active' | 'pending' | 'never_connected' | 'disconnected')[])
    .optional(),
  older_than: z
    .string()
    .regex(/^\d{1,9}[dhms]?$/)
    .describe('Whose last keepalive is longer ago: seconds, or a number with d, h, m or s behind it.')
    .optional(),
  name: one('Name.'),
  ip: one('Address.'),
  registerIP: one('Address that it was registered with.'),
  node_name: one('Node to which it reports.'),
  group: one('Group that it is in.'),
  version: one('Version of the agent.'),
  manager: one('Host to which it reports.'),
  group_config_status: z.enum(['synced', 'not synced']).describe('State of its configuration.').optional(),
  'os.platform': one('Platform of its operating system.'),
  'os.version': one('Version of its operating system.'),
  'os.name': one('Name of its operating system.'),
};
