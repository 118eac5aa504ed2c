import { z } from 'zod';
import { MAX_ERROR_MESSAGES, MAX_INTEGER, MAX_REQUEST_VALUES } from '../../../limits.ts';
import { bytes, exception, field, json, nothing, or, pair, path, said, text, word } from '../codec.ts';
import { WAZUH4_MAX_REPORT_BYTES } from '../limits.ts';
import { Float } from '../python.ts';
import { commonRows, stringId, task } from './common.ts';
import { hello, helloReply } from './hello.ts';
import { nodeRows } from './nodes.ts';
import { requestRows } from './requests.ts';
import { row } from './row.ts';

const master = ['master'] as const;
const worker = ['worker'] as const;

const data = field('data', bytes);
const granted = field(
  'granted',
  word(
    new Map([
      ['True', true],
      ['False', false],
    ]),
  ),
);
const namedTask = field('task', task);
/** The package came as the file of this path; here it is written without a slash in front. */
const arrived = pair(namedTask, field('path', path('path', '')));
const fileReceived = said('File correctly received');
const failed = pair(field('task', or(task, 'None')), field('error', exception));
const errorReceived = said('Error received');
/** The data came as this long string; the answer is its id once more. */
const string = field('id', stringId);
const thanks = said('Thanks');
const trouble = field('text', text);

/** The texts are as long as an original's store makes them: whoever hears a report cuts them. */
const report = json(
  'report',
  z.object({
    updated_chunks: z.int().min(0).max(MAX_INTEGER),
    error_messages: z.array(z.string()).max(MAX_ERROR_MESSAGES),
    time_spent: z.number(),
  }),
  {
    written: ({ updated_chunks, error_messages, time_spent }) => ({
      updated_chunks,
      error_messages,
      time_spent: new Float(time_spent),
    }),
    maxBytes: WAZUH4_MAX_REPORT_BYTES,
    maxValues: MAX_REQUEST_VALUES,
  },
);

/** What nodes say to each other. */
export const wazuh4ClusterCommands = {
  ...commonRows,
  hello: row(master, hello, helloReply),
  'echo-c': row(master, data, data, 'ok-m '),
  'echo-m': row(worker, data, data, 'ok-c'),

  syn_i_w_m_p: row(master, nothing, granted),
  syn_i_w_m: row(master, nothing, namedTask),
  syn_i_w_m_e: row(master, arrived, fileReceived),
  syn_i_w_m_r: row(master, failed, errorReceived),
  syn_m_c_ok: row(worker, nothing, thanks),
  syn_m_c: row(worker, nothing, namedTask),
  syn_m_c_e: row(worker, arrived, fileReceived),
  syn_m_c_r: row(worker, failed, errorReceived),

  syn_a_w_m_p: row(master, nothing, granted),
  syn_a_w_m: row(master, string, string),
  syn_m_a_e: row(worker, report, thanks),
  syn_m_a_err: row(worker, trouble, thanks),
  syn_g_m_w: row(worker, string, string),
  syn_g_m_w_c: row(worker, string, string),
  // The originals answer how Python shows the task that they started, and look at no answer.
  syn_w_g_c: row(master, nothing, said('All agent-groups will be sent')),
  syn_w_g_e: row(master, report, thanks),
  syn_w_g_err: row(master, trouble, thanks),
  syn_wgc_e: row(master, report, thanks),
  syn_wgc_err: row(master, trouble, thanks),

  ...requestRows,
  ...nodeRows,
};
