import { z } from 'zod';
import { shortText, text } from '../protocol/commands/shapes.ts';
import { MAX_TEXT_CHARS } from '../protocol/limits.ts';
import { MAX_FILTER_VALUES, MAX_REQUEST_AGENTS } from './limits.ts';

/** At least three digits, as in `etc/client.keys`; `000` is the manager itself. */
export const agentId = z
  .string()
  .regex(/^\d{3,8}$/)
  .meta({ id: 'AgentId', description: 'the id of an agent, three digits or more' });
export const agentIds = z.array(agentId).min(1).max(MAX_REQUEST_AGENTS);

/** The id of an agent that is there: other programs that write agents may give longer ones. */
const presentId = z
  .string()
  .regex(/^\d{3,16}$/)
  .meta({ id: 'PresentAgentId', description: 'the id of an agent that is there, three digits or more' });

export const connectionStatus = z.enum(['active', 'pending', 'never_connected', 'disconnected']);

/** A time span: seconds, or a number with `d`, `h`, `m` or `s` behind it. */
export const timeSpan = z
  .string()
  .regex(/^\d{1,9}[dhms]?$/)
  .meta({ id: 'TimeSpan', description: 'seconds, or a number with d, h, m or s behind it: `7d`' });

export const groupConfigStatus = z.enum(['synced', 'not synced']);

const os = z
  .strictObject({
    name: text,
    version: text,
    major: text,
    minor: text,
    codename: text,
    build: text,
    platform: text,
    uname: text,
    arch: text,
  })
  .partial();

/** What the master knows of an agent; fields that are not known, or not selected, are left out. */
export const agentItem = z
  .strictObject({
    id: presentId,
    name: text,
    ip: text,
    registerIP: text,
    status: connectionStatus,
    status_code: z.int(),
    version: text,
    group: z.array(text),
    manager: text,
    node_name: text,
    dateAdd: shortText,
    lastKeepAlive: shortText,
    disconnection_time: shortText,
    configSum: text,
    mergedSum: text,
    group_config_status: groupConfigStatus,
    os,
  })
  .partial()
  .meta({ id: 'Agent', description: 'one agent, as far as it is known and selected' });

const texts = z.array(z.string().min(1).max(MAX_TEXT_CHARS)).min(1).max(MAX_FILTER_VALUES);
const one = z.string().min(1).max(MAX_TEXT_CHARS);

/** Filters of lists of agents; an agent has to fit all that are given. */
export const agentFilters = {
  status: z.array(connectionStatus).min(1).max(4).optional(),
  /** Whose last keepalive is longer ago than this; of those that never connected: that were added longer ago. */
  older_than: timeSpan.optional(),
  name: one.optional(),
  ip: one.optional(),
  registerIP: one.optional(),
  node_name: one.optional(),
  /** Members of this group. */
  group: one.optional(),
  version: one.optional(),
  manager: one.optional(),
  group_config_status: groupConfigStatus.optional(),
  'os.platform': one.optional(),
  'os.version': one.optional(),
  'os.name': one.optional(),
};

/** Names of groups, of which an agent may be in many. */
export const groupNames = texts;
