import { z } from 'zod';
import { MAX_COMMAND_STRINGS, MAX_ERROR_MESSAGES, MAX_NAMED_AGENTS, MAX_WANTED_AGENTS } from '../limits.ts';
import { count, handle, nothing, taskId, text, wireError } from './shapes.ts';
import { command } from './spec.ts';

const permission = {
  args: nothing,
  reply: z.strictObject({ granted: z.boolean() }),
  example: { args: {}, reply: { granted: true } },
};
/** The data came as a long string. */
const stringTask = {
  args: z.strictObject({ handle }),
  reply: z.strictObject({ task: taskId }),
  example: { args: { handle: 7 }, reply: { task: 'a3' } },
};
/** As long strings that belong together, in this order; each has chunks of its own. */
const stringsTask = {
  args: z.strictObject({ handles: z.array(handle).min(1).max(MAX_COMMAND_STRINGS) }),
  reply: stringTask.reply,
  example: { args: { handles: [7, 8] }, reply: stringTask.example.reply },
};
const report = {
  args: z.strictObject({
    updated_chunks: count,
    error_messages: z.array(text).max(MAX_ERROR_MESSAGES),
    time_spent: z.number().min(0),
  }),
  reply: nothing,
  example: { args: { updated_chunks: 1, error_messages: [], time_spent: 0.5 }, reply: {} },
};
/** Agents of which the keepalive came alone, and that are wanted as a whole; null: all of them. Left out: none. */
const infoReport = {
  ...report,
  args: report.args.extend({ wanted: z.array(count).max(MAX_WANTED_AGENTS).nullable().optional() }),
};
/** An answer names its process, as the reply to the command did: the master may have given an earlier one up. */
const task = 'agent-groups-7-12';
/** Of agent-groups the checksum is compared: whether it is that of the master, null if none came along. */
const groupsReport = {
  ...report,
  args: report.args.extend({ task: taskId, matches: z.boolean().nullable() }),
  example: { args: { ...report.example.args, task, matches: true }, reply: {} },
};
const failure = {
  args: z.strictObject({ error: wireError }),
  reply: nothing,
  example: { args: { error: { code: 3036, detail: null } }, reply: {} },
};

/** After a full copy that left a difference: the agents that have other groups, the first of them by id; null if unknown. */
const allGroupsReport = {
  ...groupsReport,
  args: groupsReport.args.extend({
    differing: z.strictObject({ total: count, ids: z.array(count).max(MAX_NAMED_AGENTS) }).nullable(),
  }),
  example: {
    args: { ...groupsReport.example.args, matches: false, differing: { total: 1, ids: [7] } },
    reply: {},
  },
};
const groupsFailure = {
  ...failure,
  args: failure.args.extend({ task: taskId }),
  example: { args: { ...failure.example.args, task }, reply: {} },
};

/** Specification: Protocols, Wazuh cluster protocol; the Agent info and Agent groups threads. */
export const agentCommands = {
  syn_a_w_m_p: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'A worker asks for permission to send agent-info.',
    ...permission,
  }),
  syn_a_w_m: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'Agent-info was sent as the long string of this handle: store it.',
    ...stringTask,
  }),
  syn_m_a_e: command({
    receivers: ['worker'],
    section: 'cluster',
    summary:
      'The master has stored agent-info: chunks stored, errors of the others, seconds that it took, agents that it wants as a whole.',
    ...infoReport,
  }),
  syn_m_a_err: command({
    receivers: ['worker'],
    section: 'cluster',
    summary: 'The master could not store agent-info.',
    ...failure,
  }),
  syn_g_m_w: command({
    receivers: ['worker'],
    section: 'cluster',
    summary: 'Changed agent-groups were sent as the long strings of these handles: store them.',
    ...stringsTask,
  }),
  syn_g_m_w_c: command({
    receivers: ['worker'],
    section: 'cluster',
    summary: 'All agent-groups were sent as the long strings of these handles: replace what is there.',
    ...stringsTask,
  }),
  syn_w_g_c: command({
    receivers: ['master'],
    section: 'muster',
    own: true,
    summary: 'The worker’s agent-groups differed too many times in a row: it asks for all of them.',
    args: nothing,
    reply: nothing,
    example: { args: {}, reply: {} },
  }),
  syn_w_g_e: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'The worker has stored changed agent-groups, and compared its checksum.',
    ...groupsReport,
  }),
  syn_wgc_e: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'The worker has stored all agent-groups, and compared its checksum.',
    ...allGroupsReport,
  }),
  syn_w_g_err: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'The worker could not store changed agent-groups.',
    ...groupsFailure,
  }),
  syn_wgc_err: command({
    receivers: ['master'],
    section: 'cluster',
    summary: 'The worker could not store all agent-groups.',
    ...groupsFailure,
  }),
};
