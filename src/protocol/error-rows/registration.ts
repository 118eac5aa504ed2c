import type { ErrorRows } from './row.ts';

/** Codes of the registration of agents. */
export const registrationErrors: ErrorRows = {
  3210: [
    'agent-unfit',
    'The agent cannot be registered so',
    'A new agent has a name, an address or an id that is not allowed.',
    'The detail says what is allowed.',
  ],
  3211: [
    'registry-locked',
    'The file is locked',
    'Another process is changing `etc/client.keys`, or the users of the HTTP API, and did not come to its end.',
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
  3216: [
    'store-behind',
    'The agent store is not in step yet',
    'An agent was registered or removed in `etc/client.keys`, and the agent store did not follow. The order itself is carried out.',
    'Do not register or remove it again: the store follows the file when it answers again. The detail says why it did not, and which groups have to be given to the agent then.',
  ],
};
