import type { ErrorRows } from './row.ts';

/** Codes of the agent store. */
export const agentStoreErrors: ErrorRows = {
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
  3200: [
    'store-timeout',
    'The agent store did not answer in time',
    'A request to the agent store reached its deadline. If it is the embedded one, it was ended, and is opened anew.',
    'Nothing: it is asked again. If it repeats, look at the load of wazuh-db and of the disk, and at what other programs ask at `queue/db/wdb`.',
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
    'The database could not be opened, read or written for another reason: a full disk, say, or a file of another program. Or it, or its socket, was removed or replaced while it was in use: it is opened anew then.',
    'The detail names the cause.',
  ],
};
