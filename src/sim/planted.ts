import type { Mutation } from './realm.ts';

/** A wrong that the simulator finds: to see that it does, and what a failure looks like. */
export interface Planted extends Mutation {
  readonly name: string;
  readonly what: string;
  /** The promise that it breaks. */
  readonly promise: string;
}

/** One for each promise. */
export const planted: readonly Planted[] = [
  {
    name: 'no-reconnect',
    what: 'a worker that does not connect again',
    file: 'machines/connection/connector.ts',
    text: "waiting: { after: { retry: 'connecting' }, on",
    wrong: 'waiting: { on',
    promise: '1',
  },
  {
    name: 'no-journal',
    what: 'a set that is applied without a journal',
    file: 'src/files/apply.ts',
    text: '  writeJournal(fs, home, journal);\n',
    wrong: '',
    promise: '2',
  },
  {
    name: 'permission-kept',
    what: 'a permission that is never free again',
    file: 'machines/integrity/permission.ts',
    text: "'permission.release': 'free',",
    wrong: "'permission.release': {},",
    promise: '3',
  },
  {
    name: 'no-deadline',
    what: 'a request that waits for ever',
    file: 'src/node/asking.ts',
    text: 'timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS',
    wrong: 'timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS * 1000',
    promise: '4',
  },
  {
    name: 'connection-kept',
    what: 'a connection that has ended, and is kept',
    file: 'src/node/effects/link.ts',
    text: '          services.channels.remove(connectionId);\n',
    wrong: '',
    promise: '5',
  },
  {
    name: 'no-room-for-control',
    what: 'files that are handed over as a whole, whatever waits before them',
    file: 'src/node/outbox.ts',
    text: 'while (this.#hasRoom && this.#bulk.length > 0 && this.#connection.pendingBytes < MAX_BULK_AHEAD_BYTES) {',
    wrong: 'while (this.#bulk.length > 0) {',
    promise: '6',
  },
  {
    name: 'two-sessions',
    what: 'an older session that stays beside the one that took its place',
    file: 'machines/connection/admission.ts',
    text: "type: 'evict',",
    wrong: "type: 'note',",
    promise: '7',
  },
  {
    name: 'no-second-start',
    what: 'a node that gives up at every start after its first',
    file: 'src/node/identity.ts',
    text: 'return NODE_ID.test(text) ? text : null;',
    wrong: "throw new Error('it has one already');",
    promise: '8',
  },
];
