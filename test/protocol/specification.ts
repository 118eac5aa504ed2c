import type { CommandName, Receiver } from '../../src/protocol/commands.ts';

/** One row of the tables in the specification's chapter "Protocols". */
export interface DocumentedCommand {
  readonly chapter: 'Wazuh cluster protocol' | 'Local protocol' | 'Common messages';
  readonly name: CommandName;
  readonly receivedIn: readonly Receiver[];
  /** Each argument that the specification lists, and the key under which ours travels. */
  readonly args: Readonly<Record<string, string>>;
  readonly sentence: string;
}

type Row = readonly [
  name: CommandName,
  receivedIn: 'Master' | 'Worker' | 'Both' | 'Server' | 'Client',
  args: Readonly<Record<string, string>>,
  sentence: string,
];

const cluster: readonly Row[] = [
  [
    'hello',
    'Master',
    { 'Node name': 'name', 'Cluster name': 'cluster', 'Node type': 'type', 'Wazuh version': 'version' },
    'First message sent by a worker to the master on its first connection.',
  ],
  [
    'syn_i_w_m_p',
    'Master',
    { 'root digest (ours)': 'digest' },
    'Ask permission to start synchronization protocol.',
  ],
  ['syn_a_w_m_p', 'Master', {}, 'Ask permission to start synchronization protocol.'],
  ['syn_i_w_m', 'Master', {}, 'Start synchronization protocol.'],
  ['syn_a_w_m', 'Master', { 'String ID': 'handle' }, 'Start synchronization protocol.'],
  ['syn_i_w_m_e', 'Master', { 'String ID': 'task' }, 'End synchronization protocol.'],
  ['syn_w_g_e', 'Master', { 'String ID (its result)': 'updated_chunks' }, 'End synchronization protocol.'],
  ['syn_wgc_e', 'Master', { 'String ID (its result)': 'updated_chunks' }, 'End synchronization protocol.'],
  ['syn_g_m_w', 'Worker', { 'Agent-groups data': 'handles' }, 'Start synchronization protocol.'],
  ['syn_g_m_w_c', 'Worker', { 'Agent-groups data': 'handles' }, 'Start synchronization protocol.'],
  ['syn_i_w_m_r', 'Master', { 'Error msg': 'error' }, 'Notify an error during synchronization.'],
  ['syn_w_g_err', 'Master', { 'Error msg': 'error' }, 'Notify an error during synchronization.'],
  ['syn_wgc_err', 'Master', { 'Error msg': 'error' }, 'Notify an error during synchronization.'],
  [
    'sendsync',
    'Master',
    { Arguments: 'message' },
    'Receive a message from a worker node destined for the specified daemon of the master node.',
  ],
  [
    'sendsyn_res',
    'Worker',
    { 'Request ID': 'id', 'String ID': 'handle' },
    'Notify the sendsync response is available.',
  ],
  [
    'sendsyn_err',
    'Both',
    { 'Local client ID': 'id', 'Error message': 'error' },
    'Notify errors in the sendsync communication.',
  ],
  [
    'get_nodes',
    'Master',
    { Arguments: 'filter_node' },
    'Request sent from cluster_control -l from worker nodes.',
  ],
  ['get_health', 'Master', { Arguments: 'nodes' }, 'Request sent from cluster_control -i from worker nodes.'],
  [
    'dapi_clus',
    'Master',
    { Arguments: 'args' },
    'Receive an API call related to cluster information: Get nodes information or healthcheck.',
  ],
  ['dapi', 'Both', { 'Sender node': 'sender', Arguments: 'request' }, 'Receive a distributed API request.'],
  [
    'dapi_res',
    'Both',
    { 'Request ID': 'id', 'String ID': 'handle' },
    'Receive a distributed API response from a previously forwarded request.',
  ],
  [
    'dapi_err',
    'Both',
    { 'Local client ID': 'id', 'Error message': 'error' },
    'Receive an error related to a previously requested distributed API request.',
  ],
  ['syn_m_c_ok', 'Worker', { 'task (ours)': 'task' }, 'Master verifies that worker integrity is correct.'],
  ['syn_m_c', 'Worker', { 'task (ours)': 'task' }, 'Master will send the worker integrity files to update.'],
  [
    'syn_m_c_e',
    'Worker',
    { 'Error msg': 'error', 'Task name': 'task', Filename: 'file' },
    'Master has finished sending integrity files.',
  ],
  ['syn_m_a_e', 'Worker', { Arguments: 'updated_chunks' }, 'Master has finished updating agent-info.'],
  ['syn_m_a_err', 'Worker', { 'Error msg': 'error' }, 'Notify an error during agent-info synchronization.'],
];

const local: readonly Row[] = [
  [
    'get_config',
    'Both',
    {},
    'Returns active cluster configuration. Necessary for active configuration API calls.',
  ],
  ['get_nodes', 'Both', { Arguments: 'filter_node' }, 'Request sent from cluster_control -l.'],
  ['get_health', 'Both', { Arguments: 'nodes' }, 'Request sent from cluster_control -i.'],
  ['get_hash', 'Both', {}, 'Receive a request to obtain custom ruleset files and their hashes.'],
  [
    'send_file',
    'Both',
    { Filepath: 'path', 'Node name': 'node' },
    'Request used to test send file protocol.',
  ],
  ['dapi', 'Both', { Arguments: 'request' }, 'Receive a distributed API request from the API.'],
  [
    'dapi_fwd',
    'Server',
    { 'Node name': 'node', Arguments: 'request' },
    'Forward a distributed API request to the specified node.',
  ],
];

const common: readonly Row[] = [
  ['new_str', 'Both', { 'String length': 'size' }, 'Used to start the sending long strings process.'],
  [
    'str_upd',
    'Both',
    { 'String Id': 'handle', 'Data chunk': 'data' },
    'Used to send a string chunk during the sending long strings process.',
  ],
  [
    'err_str',
    'Both',
    { 'String length': 'size' },
    'Used to notify an error while sending a string so the reserved space is freed.',
  ],
  ['new_file', 'Both', { Filename: 'name' }, 'Used to start the sending file process.'],
  [
    'file_upd',
    'Both',
    { 'Filename (its handle)': 'handle', 'Data chunk': 'data' },
    'Used to send a file chunk during the sending file process.',
  ],
  [
    'file_end',
    'Both',
    { 'Filename (its handle)': 'handle', 'File checksum': 'digest' },
    'Used to finish the sending file process.',
  ],
  [
    'cancel_task',
    'Both',
    { 'Task name': 'task', 'Error msg': 'error' },
    'Used to cancel the task in progress in the sending node.',
  ],
  [
    'echo',
    'Both',
    { Message: 'data' },
    'Used to send keepalives to the peer. Replies the same received message.',
  ],
  ['echo-c', 'Server', { Message: 'data' }, 'Used by the client to send keepalives to the server.'],
  ['echo-m', 'Client', { Message: 'data' }, 'Used by the server to send keepalives to the client.'],
  [
    'hello',
    'Server',
    { 'Client name': 'name' },
    'First message sent by a client to the server on its first connection.',
  ],
];

const clusterEnds = {
  Master: ['master'],
  Worker: ['worker'],
  Both: ['master', 'worker'],
  Server: ['master'],
  Client: ['worker'],
} as const;
const localEnds = {
  ...clusterEnds,
  Both: ['local-master', 'local-worker'],
  Server: ['local-master'],
} as const;

const rowsOf = (
  chapter: DocumentedCommand['chapter'],
  rows: readonly Row[],
  ends: typeof clusterEnds | typeof localEnds,
): DocumentedCommand[] =>
  rows.map(([name, receivedIn, args, sentence]) => ({
    chapter,
    name,
    receivedIn: ends[receivedIn],
    args,
    sentence,
  }));

/** All three tables, row by row. */
export const documentedCommands: readonly DocumentedCommand[] = [
  ...rowsOf('Wazuh cluster protocol', cluster, clusterEnds),
  ...rowsOf('Local protocol', local, localEnds),
  ...rowsOf('Common messages', common, clusterEnds),
];
