/** What each effect does in the world, by the machine that starts it (its id in the catalogue) and its name there. */
export const effectDescriptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  periodic: { task: 'does what is to be done over and over, once' },
  listener: { port: 'holds a port open, and hands on each connection that comes' },
  'server-handler': { link: 'holds the connection: requests of the worker become events, its end too' },
  connector: { connect: 'reaches the master: name, port, and handshake' },
  'client-handler': {
    link: 'holds the connection: requests of the master become events, its end too',
    greet: 'says hello, and asks who the master is',
  },
  'keepalive-sender': { sendKeepalive: 'sends one keepalive, and waits for its answer' },
  'local-handler': {
    link: 'holds the connection of a local client: its requests become events, its end too',
  },
  'local-request': { answer: 'works out the answer to a request of a local client' },
  'local-integrity': { scan: "looks at the master's files, and hashes those that changed" },
  'integrity-check': {
    scan: "looks at the worker's files, and hashes those that changed",
    askPermission: 'asks the master for permission, with the digest of the whole set',
    begin: 'begins the process at the master, which names it',
    writeMetadata: 'writes the list of the files, to be sent',
    endMetadata: 'tells the master that its list has been sent',
    reportFailure: 'tells the master what has failed',
  },
  'integrity-serve': {
    workspace: 'keeps the list that came and what was compared; its end removes them',
    compare: "compares the worker's list with the master's set",
    tellInStep: 'tells the worker that nothing differs',
    makePackage: 'packs all that a worker of Wazuh 4.x lacks into one file',
    announce: 'tells the worker that a set follows; the worker names its process',
    packSet: 'packs what the worker lacks, part by part, as fast as it is sent; or hands over the one file',
    finish: 'tells the worker that the set is complete',
    tellFailure: 'tells the worker what has failed',
  },
  'integrity-apply': {
    staging: 'keeps what arrives beside the files that are in place; its end removes it',
    commit: 'puts the set into its place, as a whole or not at all',
    cancelTask: 'tells the master to give the round up',
  },
  'agent-store': {
    store:
      'opens the agent store, a wazuh-db or its own, and hands it to those who use it; its end takes it from them',
    close: 'closes it in order: what was asked before is written before',
  },
  registration: {
    registration:
      'opens the registration of agents, an authd or its own, and hands it to those who use it; its end takes it from them',
    close: 'closes it in order: what is being written is written and answered',
  },
  'agent-info-send': {
    workspace: 'keeps what is to be told of agents; its end forgets it',
    read: 'reads from the store which agents have news',
    askPermission: 'asks the master for permission',
    pack: 'packs the news into a string',
    begin: 'tells the master that the string has been sent; the master names its process',
    confirm: 'marks in the store what the master has taken, where it is still the same',
  },
  'agent-info-receive': { store: 'writes what a worker tells of agents into the store' },
  'groups-collect': {
    read: 'reads from the store which agents have new groups',
    confirm: 'marks in the store what the workers were sent, where it is still the same',
  },
  'groups-send': {
    workspace: 'keeps what is to be sent; its end withdraws strings that nobody was told of',
    prepare: 'packs agents and a checksum into strings',
    post: 'puts the next string where it is sent from',
    announce: 'tells the worker to store what has arrived; the worker names its process',
  },
  'groups-follow': {
    readHash: 'reads the checksum of the groups from the store',
    ask: 'asks the master for all agent-groups',
  },
  'groups-receive': {
    store: 'writes the groups that came into the store',
    readHash: 'reads the checksum of the groups from the store',
  },
  'groups-overwrite': {
    workspace: 'keeps what came; its end frees it',
    overwrite: 'writes all groups into the store, over those that are there',
    recalculate: 'reckons the hash of every agent from its groups anew',
    readHash: 'reads the checksum of the groups from the store',
    search: 'looks for the agents whose groups differ',
  },
  'mismatch-counter': { ask: 'asks the master for all agent-groups' },
  transfers: { heldStrings: 'keeps the strings that have arrived until they are used; its end frees them' },
  'dapi-request': {
    decide: 'checks the request, and says at which nodes it is worked on, and for how long',
    workAlone: 'has a request with one place worked on, here or at another node, and sends what that brought',
    answer: 'makes one answer of what the nodes brought, and sends it if it is short',
    line: 'asks for room on the connection for a long answer; its end takes back what nobody sends',
    notify: 'tells whoever asked that a long answer has arrived, and waits until it is taken',
  },
  'dapi-part': { work: 'has one part of a request worked on, here or at another node' },
  'dapi-queue': { presence: 'lets the parts of requests find the queue; its end hides it from them' },
  'sendsync-request': {
    ask: 'asks a daemon of the master, by its socket',
    notify: 'tells whoever asked what the daemon has said',
  },
  'file-send': { fileSource: 'reads a file, and sends it piece by piece' },
  'file-receive': { fileSink: 'writes what arrives of a file, and checks it at the end' },
  'string-send': { stringSource: 'sends a string piece by piece' },
  'string-receive': { stringSink: 'collects what arrives of a string, and checks it at the end' },
};
