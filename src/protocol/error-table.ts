/** What one error code stands for. `docs/errors.md` is generated from these. */
export interface ErrorEntry {
  /** A short name for programs and metrics; it never changes. */
  readonly name: string;
  /** The first words of every message with this code. */
  readonly text: string;
  /** When it happens. */
  readonly meaning: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

/** Rows are written [name, text, meaning, remedy]. */
type Row = readonly [name: string, text: string, meaning: string, remedy: string];

/** Codes that Wazuh 4.x nodes use too, with the same meaning. */
const sharedRows: Readonly<Record<number, Row>> = {
  1000: [
    'internal',
    'Internal error',
    'Something failed that nobody foresaw.',
    'Look into the log of the node that reports it and file a bug.',
  ],
  1013: [
    'service-unreachable',
    'Cannot connect to the local service',
    'The socket of a local service is missing.',
    'Start the service that the detail names.',
  ],
  1014: [
    'service-failed',
    'The local service did not answer',
    'The conversation with a local service broke off.',
    'Look into the log of that service.',
  ],
  1113: [
    'bad-xml',
    'The XML is not well-formed',
    'A file that has to be XML is none.',
    'Repair the line that the detail names.',
  ],
  1121: [
    'service-refused',
    'The local service refused the connection',
    'The socket of a local service exists, but nobody listens.',
    'Start the service that the detail names.',
  ],
  1400: [
    'bad-offset',
    'Offset out of range',
    'The offset of a list is negative.',
    'Ask with an offset of 0 or more.',
  ],
  1401: [
    'bad-limit',
    'Limit out of range',
    'The limit of a list is negative.',
    'Ask with a limit of 1 or more.',
  ],
  1403: [
    'bad-sort',
    'Unknown sort field',
    'A list was to be sorted by a field that it has not.',
    'Use one of the fields that the detail names.',
  ],
  1405: [
    'limit-too-large',
    'Limit too large',
    'A list was asked for with a limit above the maximum.',
    'Ask for less at a time.',
  ],
  1406: [
    'limit-zero',
    'Limit is zero',
    'A list was asked for with the limit 0.',
    'Ask with a limit of 1 or more.',
  ],
  1407: [
    'bad-query',
    'The query cannot be read',
    'A query `q` is not of the form `field=value;other!=value`.',
    'Look at the place that the detail names; `;` is and, `,` is or.',
  ],
  1408: [
    'unknown-query-field',
    'Unknown field in the query',
    'A query `q` compares a field that the list has not.',
    'Use one of the fields that the detail names.',
  ],
  1701: [
    'no-such-agent',
    'No such agent',
    'An agent is meant that is not registered.',
    'Compare the id with `muster agents list`.',
  ],
  1703: [
    'not-for-the-manager',
    'Not possible for the manager',
    'Agent 000 is the manager itself: it cannot be removed or put into groups.',
    'Name other agents.',
  ],
  1705: [
    'agent-name-taken',
    'The name of the agent is taken',
    'Another agent, or the machine of the manager, has this name.',
    'Use another name, or remove the other agent.',
  ],
  1706: [
    'agent-address-taken',
    'The address of the agent is taken',
    'Another agent is registered with this address.',
    'Use another address or `any`, or remove the other agent.',
  ],
  1708: [
    'agent-id-taken',
    'The id of the agent is taken',
    'Another agent has this id, or had it: ids are not used again.',
    'Leave the id out to get the next one.',
  ],
  1710: [
    'no-such-group',
    'No such group',
    'A group is meant that does not exist.',
    'Groups are the directories of `etc/shared` of the master: make it there, and wait for the node to see it.',
  ],
  1711: [
    'group-exists',
    'The group exists already',
    'A group was to be made that is there.',
    'Use another name.',
  ],
  1712: [
    'default-group',
    'The group default cannot be removed',
    'Agents without a group are in `default`.',
    'Name other groups.',
  ],
  1722: [
    'bad-group-name',
    'The name of the group is not allowed',
    'The name of a group has characters that it may not have, or is too long.',
    'Use letters, digits, dot, underscore and dash, at most 255.',
  ],
  1724: [
    'bad-select',
    'Unknown field',
    'A field was selected that the list has not.',
    'Use one of the fields that the detail names.',
  ],
  1728: [
    'bad-node-type',
    'Unknown node type',
    'A filter names a node type other than master, worker or all.',
    'Use one of these three.',
  ],
  1730: [
    'no-such-node',
    'No such node',
    'A filter names a node that the cluster does not know.',
    'Compare the name with `muster nodes`.',
  ],
  1731: [
    'agent-does-not-fit',
    'The agent does not fit the filters',
    'An agent that was named is not of those that the filters of the request allow.',
    'Leave the filters out, or name other agents.',
  ],
  1734: [
    'not-in-group',
    'The agent is not in the group',
    'An agent was to leave a group in which it is not.',
    'Compare with `muster agents group`.',
  ],
  1737: [
    'too-many-groups',
    'Too many groups',
    'An agent would be in more than 128 groups.',
    'Take it out of another group first.',
  ],
  1800: [
    'bad-list',
    'The list is malformed',
    'A line of a list is not of the form `key:value`.',
    'Repair the line that the detail names.',
  ],
  1905: [
    'file-exists',
    'The file exists already',
    'A file was to be written without leave to replace it, and is there.',
    'Say that it may be overwritten, or use another name.',
  ],
  1906: [
    'no-such-file',
    'No such file',
    'A file is meant that does not exist.',
    'Compare the name with the list of files.',
  ],
  2003: [
    'agent-store-refused',
    'The agent store refused the request',
    'wazuh-db answered with an error.',
    'Look into the log of wazuh-db.',
  ],
  2005: [
    'agent-store-unreachable',
    'Cannot connect to the agent store',
    'The socket of wazuh-db is missing or refuses.',
    'Start wazuh-db, or use the embedded store.',
  ],
  2007: [
    'agent-store-failed',
    'The agent store could not be read',
    'wazuh-db gave an answer that cannot be used.',
    'Look into the log of wazuh-db.',
  ],
  2009: [
    'agent-store-answer-too-long',
    'The answer of the agent store is too long',
    'wazuh-db answers with at most 65,536 bytes and cuts what is longer.',
    'Ask for less at a time. If Muster asked, file a bug.',
  ],
  2010: [
    'agent-store-cut',
    'The agent store broke off',
    'The connection to wazuh-db ended before the whole answer was there.',
    'Nothing: it is asked again. If it repeats, look into the log of wazuh-db.',
  ],
  3000: [
    'peer-error',
    'Error from the peer',
    'The peer reported an error without a code of its own.',
    'Look into the log of the peer.',
  ],
  3001: [
    'package-not-written',
    'Cannot write the package',
    'A package of files could not be made.',
    'Check the free space and the permissions of `queue/cluster`.',
  ],
  3002: [
    'pid-file',
    'Cannot write the PID file',
    'The daemon could not note its process number.',
    'Check the permissions of `var/run`.',
  ],
  3004: [
    'bad-configuration',
    'Error in the configuration',
    'A setting has a value that is not allowed.',
    'The detail names file, key and what is allowed.',
  ],
  3005: [
    'bad-cluster-json',
    'Cannot read cluster.json',
    'The file is missing, unreadable or not JSON.',
    'Repair the file, or remove it to have the defaults.',
  ],
  3006: [
    'bad-ossec-conf',
    'Cannot read ossec.conf',
    'The file is missing, unreadable or not the XML that it should be.',
    'Repair the file; `muster init` writes a new one.',
  ],
  3009: [
    'local-connect-failed',
    'Cannot talk to the daemon',
    'The connection to the local socket of the daemon failed.',
    'Look into `logs/cluster.log`.',
  ],
  3012: [
    'not-running',
    'The node is not running',
    'The local socket of the daemon is missing or refuses.',
    'Start it with `muster node`.',
  ],
  3015: [
    'unreadable-directory',
    'Cannot read the directory',
    'A configured directory could not be listed.',
    'Check its permissions.',
  ],
  3016: [
    'string-not-sent',
    'The string could not be sent',
    'The peer did not accept a long string.',
    'Look into the log of the peer.',
  ],
  3018: [
    'request-not-sent',
    'The request could not be sent',
    'A message could not be built or written.',
    'The detail names the cause.',
  ],
  3019: [
    'master-only',
    'Only the master can do that',
    'A worker was asked for something that belongs to its master: agents and their groups come from there.',
    'Ask on the master, which the detail names.',
  ],
  3020: [
    'request-timeout',
    'No answer in time',
    'The peer did not answer a request before its deadline.',
    'Check the network and the load of the peer; raise `timeout_cluster_request`.',
  ],
  3021: [
    'api-timeout',
    'The API request took too long',
    'A distributed API request did not finish before its deadline.',
    'Ask for less at a time, or raise `timeout_api_request`.',
  ],
  3022: [
    'unknown-node',
    'Unknown node',
    'The node that is meant is not connected.',
    'Compare the name with `muster nodes`.',
  ],
  3023: [
    'not-connected',
    'Not connected to the master',
    'A worker needs the master for this, and has no connection.',
    'Check that the master runs and that the worker may reach it.',
  ],
  3024: [
    'command-too-long',
    'The command is longer than 11 characters',
    'A message was to be sent whose command does not fit the header.',
    'This is a fault of the program: file a bug.',
  ],
  3025: [
    'not-decrypted',
    'The message cannot be decrypted',
    'A wazuh4 peer uses another key, or the message was damaged.',
    'Compare the cluster key of both nodes.',
  ],
  3027: [
    'unknown-task',
    'Unknown task',
    'A message names a task that does not exist (any more).',
    'Nothing: the next round starts afresh. If it repeats, look for timeouts.',
  ],
  3028: [
    'name-taken',
    'A node of this name is connected already',
    'Two nodes use the same name.',
    'Give every node its own `node_name`.',
  ],
  3029: [
    'name-of-master',
    'The worker has the name of the master',
    'A worker has the same `node_name` as its master.',
    'Give every node its own `node_name`.',
  ],
  3030: [
    'other-cluster',
    'The worker belongs to another cluster',
    'The cluster names of master and worker differ.',
    'Use the same `<name>` in the `<cluster>` section of both.',
  ],
  3031: [
    'other-version',
    'The versions do not fit',
    'Master and worker have no protocol version in common.',
    'Bring both nodes to versions that fit.',
  ],
  3032: [
    'no-way-back',
    'The response cannot be forwarded',
    'The request or the local client that a response is for does not exist (any more).',
    'Nothing: whoever asked has gone.',
  ],
  3034: [
    'file-not-found',
    'The file to be sent does not exist',
    'The file vanished before it could be sent.',
    'Check the path that the detail names.',
  ],
  3035: [
    'string-not-found',
    'The string does not exist',
    'A message refers to a string that was never received in full.',
    'Nothing: the next round sends it again.',
  ],
  3036: [
    'not-json',
    'The content is not JSON',
    'A string or file that should hold JSON does not.',
    'If it repeats, the peer is faulty: look into its log.',
  ],
  3037: [
    'agent-chunks',
    'The agent data could not be stored',
    'Writing the received agent data failed as a whole.',
    'Look into the log of the agent store.',
  ],
  3039: [
    'file-timeout',
    'The file did not arrive in time',
    'A file was announced, and its bytes stopped coming.',
    'Check the network; the next round starts with a smaller package.',
  ],
  3040: [
    'file-failed',
    'The file could not be received',
    'A file was announced, and waiting for it failed.',
    'The detail names the cause.',
  ],
};

/** Muster's own codes. */
const ownRows: Readonly<Record<number, Row>> = {
  3100: [
    'protocol-violation',
    'Protocol violation',
    'The peer sent bytes that the protocol does not allow. The connection is closed.',
    'Check that the peer is a Muster node, and what else connects to this port.',
  ],
  3101: [
    'cannot-listen',
    'Cannot listen',
    'The address is in use or may not be used.',
    'Stop the other program, or configure another address.',
  ],
  3102: [
    'cannot-connect',
    'Cannot connect',
    'The other node cannot be reached.',
    'Check address, port, firewall, and that the other node runs.',
  ],
  3103: [
    'connection-lost',
    'The connection was lost',
    'The connection ended while something still waited for it.',
    'Nothing: workers connect again by themselves.',
  ],
  3104: [
    'handshake-timeout',
    'The handshake took too long',
    'A peer connected and did not introduce itself in time.',
    'Check what connects to this port.',
  ],
  3105: [
    'bad-node-name',
    'The node name is not allowed',
    'A node name has characters that it may not have, or is too long.',
    'Use letters, digits, dot, underscore and dash, at most 128; begin with a letter or digit.',
  ],
  3106: [
    'not-authenticated',
    'The peer is not authenticated',
    'The peer does not hold a cluster key or certificate that this node accepts, or uses a name that is not its own.',
    'Compare the cluster key or the certificates of both nodes.',
  ],
  3107: [
    'hello-first',
    'Not allowed before hello',
    'A peer sent something else before it introduced itself. The connection is closed.',
    'This is a fault of the peer.',
  ],
  3108: [
    'invalid-arguments',
    'Invalid arguments',
    'The arguments or the reply of a command are not of the shape that it has.',
    'The detail names the field. If the peer is a Muster node, the versions may not fit.',
  ],
  3109: [
    'unknown-command',
    'Unknown command',
    'A node received a command that it does not have.',
    'The versions may not fit, or the command is meant for the other kind of node.',
  ],
  3110: [
    'too-many',
    'Too many at once',
    'A peer has more requests, strings or files outstanding than it may, or a master has more connections than it takes, or more rounds under way than it has room for.',
    'Wait for the answers before asking more; for workers, raise `connection.max_connections`. If strangers hold the places, see what connects to the port. A worker whose round has no room comes again by itself.',
  ],
  3111: [
    'transfer-stalled',
    'The transfer stalled',
    'No byte of a transfer arrived before the progress deadline.',
    'Check the network; the next round resumes.',
  ],
  3112: [
    'checksum-mismatch',
    'The checksum does not match',
    'Content arrived that is not what was announced.',
    'Nothing: it is dropped and sent again. If it repeats, check the memory and disks of both nodes.',
  ],
  3113: [
    'too-large',
    'Too large',
    'Something exceeds the size that it may have.',
    'The detail names the limit; see docs/limits.md.',
  ],
  3114: [
    'unsafe-path',
    'The path is not allowed',
    'A path leads out of the configured directories, or is not in normal form.',
    'If the peer is trusted, compare the configured files of both nodes.',
  ],
  3115: [
    'corrupt-package',
    'The package is corrupt',
    'A package of files is not in the form that it should have.',
    'Nothing: it is dropped and sent again.',
  ],
  3116: [
    'no-permission',
    'No permission for integrity',
    'A worker started an integrity process without having been granted it.',
    'This is a fault of the peer.',
  ],
  3117: [
    'home-in-use',
    'Another node uses this home directory',
    'A second node was started with the same home.',
    'Stop the first one, or use another home.',
  ],
  3118: [
    'security-required',
    'Security is required',
    'An address other than loopback was configured without a key or certificates.',
    'Configure the cluster key, or say `--insecure` if you mean it.',
  ],
  3119: [
    'file-system',
    'File system error',
    'The operating system refused to read or write a file.',
    'The detail names path and cause.',
  ],
  3120: [
    'cancelled',
    'Cancelled',
    'The work was stopped because nobody wants its result any more.',
    'Nothing.',
  ],
  3121: [
    'corrupt-journal',
    'The journal is corrupt',
    'The record of an interrupted apply cannot be read.',
    'Nothing: the next sync sets the files right. If it repeats, check the disk.',
  ],
  3122: [
    'evicted',
    'A newer session of the same node took over',
    'A node connected again before the loss of its old connection was noticed.',
    'Nothing. If it repeats, two installations share one identity: run `muster init` anew for one.',
  ],
  3123: [
    'restart-intensity',
    'Restarted too often',
    'A part of the node failed again and again, and its supervisor gave up.',
    'Look in the log for the failure that repeats.',
  ],
  3124: [
    'child-not-stopped',
    'A part did not stop in time',
    'A part of the node was told to stop and was dropped at its deadline.',
    'Look in the log for what it was busy with.',
  ],
  3125: [
    'shutting-down',
    'The node is shutting down',
    'A request came when the node was already stopping.',
    'Ask again when it is up.',
  ],
  3126: [
    'child-not-ready',
    'A part was not ready in time',
    'A part of the node was started and did not begin its work before its deadline.',
    'Look in the log for what it waits for, such as a port or a slow disk.',
  ],
  3127: [
    'message-incomplete',
    'A message did not come to its end',
    'A peer began a message, and did not send the rest of it for two minutes. The connection is closed.',
    'Check the network. If it repeats, the peer is faulty: look into its log.',
  ],
  3128: [
    'set-in-parts',
    'Files of two sets stand side by side',
    'A set could neither be applied nor undone: the file system refuses to put back what the detail names. A worker goes on without synchronising files, a master does not start.',
    'Do what the detail says to the file that it names. A worker tries again with each check and at its start; nothing else is needed.',
  ],
  3200: [
    'store-timeout',
    'The agent store did not answer in time',
    'A request to the agent store reached its deadline.',
    'Nothing: it is asked again. If it repeats, look at the load of wazuh-db and of the disk.',
  ],
  3201: [
    'store-request-unfit',
    'The request does not fit the agent store',
    'A request is longer than 65,536 bytes, which wazuh-db does not survive, or holds a zero byte.',
    'Ask for less at a time. If Muster asked, file a bug.',
  ],
  3202: [
    'store-corrupt',
    'The database of agents is corrupt',
    'The file is not a database, or its content contradicts itself. It was left as it is.',
    'Move the file away and put a back-up in its place, or let a new one be made.',
  ],
  3203: [
    'store-read-only',
    'The database of agents is read-only',
    'The file, its directory or its disk does not let this process write.',
    'Check owner and permissions of `queue/db` and of what is in it.',
  ],
  3204: [
    'store-locked',
    'The database of agents is locked',
    'Another process keeps the database locked.',
    'Stop the other program: `fuser` on the file names it.',
  ],
  3205: [
    'store-newer',
    'The database of agents is of a newer version',
    'The file was written by a version of the program that is newer than this one. It was left as it is.',
    'Start the newer version, or put a back-up of before the upgrade in its place.',
  ],
  3206: [
    'store-unusable',
    'The database of agents cannot be used',
    'The database could not be opened, read or written for another reason: a full disk, say, or a file of another program.',
    'The detail names the cause.',
  ],
  3210: [
    'agent-unfit',
    'The agent cannot be registered so',
    'A new agent has a name, an address or an id that is not allowed.',
    'The detail says what is allowed.',
  ],
  3211: [
    'registry-locked',
    'The registry of agents is locked',
    'Another process is changing `etc/client.keys` and did not come to its end.',
    'Try again; `fuser` on the file that the detail names tells who it is.',
  ],
  3212: [
    'registration-timeout',
    'The registration daemon did not answer in time',
    'A request to the authd socket reached its deadline. Nobody knows whether it was carried out.',
    'Look with `muster agents list` whether it was. If it repeats, look into the log of authd.',
  ],
  3213: [
    'registration-failed',
    'The answer of the registration daemon cannot be used',
    'What serves the authd socket gave an answer that authd does not give.',
    'Look into the log of authd, and which program serves `queue/sockets/auth`.',
  ],
  3214: [
    'registration-unfit',
    'The request does not fit the registration daemon',
    'A request is longer than 65,536 bytes, or holds a zero byte.',
    'Ask for less at a time.',
  ],
  3215: [
    'agents-not-taken-over',
    'The node has not taken over all agents',
    'Agents or groups that the master has registered did not get into the agent store of a node in time.',
    'See whether the node is connected (`muster nodes`), and what its log says of `Agents` and of integrity syncs.',
  ],
  3300: [
    'unknown-method',
    'Unknown method',
    'A request of the distributed API names a method that the node does not offer, or gives it another type than it has.',
    'See `docs/api.md` for the methods; look whether all nodes run the same version (`muster nodes`).',
  ],
  3301: [
    'answer-too-large',
    'The answer is too large',
    'The answer to a request of the distributed API is longer than 67,108,864 bytes.',
    'Ask for a smaller page, or select fewer fields.',
  ],
  3302: [
    'answer-unfit',
    'The answer cannot be used',
    'A node answered a request of the distributed API with something that the method does not allow.',
    'Look whether all nodes run the same version (`muster nodes`); if they do, file a bug.',
  ],
};

function entriesOf(rows: Readonly<Record<number, Row>>): [number, ErrorEntry][] {
  return Object.entries(rows).map(([code, [name, text, meaning, remedy]]) => [
    Number(code),
    { name, text, meaning, remedy },
  ]);
}

/** Every error code that a node can show, by number. */
export const errorTable: Readonly<Record<number, ErrorEntry>> = Object.freeze(
  Object.fromEntries([...entriesOf(sharedRows), ...entriesOf(ownRows)]),
);
