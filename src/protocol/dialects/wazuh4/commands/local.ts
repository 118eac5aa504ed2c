import { absolutePath, bytes, claimedName, field, ignored, json, or, pair, said, text } from '../codec.ts';
import { clientStringRows, stringId } from './common.ts';
import { clusterConfig, hashes, healthJson, healthQueryJson, nodesJson, nodesQueryJson } from './nodes.ts';
import { queued, request, serviceMessage } from './requests.ts';
import { row } from './row.ts';

const bothLocal = ['local-master', 'local-worker'] as const;
const client = ['local-client'] as const;

const data = field('data', bytes);
/** The answer came as this long string. */
const string = field('string', stringId);
const answer = field('text', text);
const understood = said('Response received');

/** What a worker says to `get_nodes` and `get_health`: the answer itself follows as `control_res`. */
const SENT_TO_MASTER = 'Sent request to master node';

/** What local programs and the daemon of their node say to each other; nothing is encrypted there. */
export const wazuh4LocalCommands = {
  echo: row(bothLocal, data, data),
  'echo-c': row(bothLocal, data, data, 'ok-m '),
  get_config: row(bothLocal, ignored, json('configuration', clusterConfig)),
  get_hash: row(bothLocal, ignored, json('hashes', hashes)),
  get_nodes: row(bothLocal, nodesQueryJson, or(nodesJson, SENT_TO_MASTER)),
  get_health: row(bothLocal, healthQueryJson, or(healthJson, SENT_TO_MASTER)),
  send_file: row(
    bothLocal,
    pair(field('path', absolutePath), field('node', claimedName('node'))),
    said('Forwarding file to master node'),
  ),
  dapi: row(bothLocal, request, queued),
  dapi_fwd: row(
    ['local-master'],
    pair(field('node', claimedName('node')), request),
    said('Request forwarded to worker node'),
  ),
  // Its reply is the one that the originals do not send: the answer comes as a request, `ok` or `err`.
  sendsync: row(['local-worker'], serviceMessage, said('Added request to sendsync requests queue')),
  sendasync: row(['local-worker'], serviceMessage, said('Added request to sendsync requests queue')),

  ...clientStringRows,
  dapi_res: row(client, string, said('Distributed api response received')),
  dapi_err: row(client, answer, understood),
  control_res: row(client, field('data', bytes), understood),
  send_f_res: row(client, string, said('Distributed api response received')),
  ok: row(client, data, said('Sendsync response received')),
  err: row(client, answer, said('Error response received')),
};
