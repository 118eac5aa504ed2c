import type { ErrorRows } from './row.ts';

/** Codes of agents and their groups. */
export const agentsErrors: ErrorRows = {
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
};
