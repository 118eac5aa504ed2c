import { channel } from 'node:diagnostics_channel';

/**
 * Where tests let a node die, stop or fail: every step between the moment at which a file is announced and the one at
 * which a set is in place, and between what is read from one agent store and what is marked there when the other has it.
 * Each says what has just happened. `docs/testing.md` tells how they are used.
 */
export const FAULT_POINTS = {
  'metadata.written': 'worker: its metadata are on disk, ready to be sent',
  'set.compared': 'master: it has read the metadata of a worker and knows what it lacks',
  'manifest.written': 'master: the manifest is on disk, ready to be sent',
  'package.written': 'master: a package is on disk under a temporary name',
  'package.stored': 'master: the package has its name',
  'send.opened': 'sender: the file is open and not announced',
  'send.accepted': 'sender: the peer has given the file a handle',
  'send.piece': 'sender: one more piece is confirmed',
  'send.streamed': 'sender: all pieces are confirmed, the end of the file is not sent',
  'send.verified': 'sender: the peer has confirmed the whole file',
  'receive.entered': 'receiver: the file has its place in the spool',
  'receive.resumed': 'receiver: a part of an earlier transfer was found, and is gone on with',
  'receive.opened': 'receiver: the part is open, the peer does not know it yet',
  'receive.piece': 'receiver: one more piece is written and not confirmed',
  'receive.complete': 'receiver: the end of the file has come, and all bytes are written',
  'receive.verified': 'receiver: the digest is right, the file is still a part',
  'receive.placed': 'receiver: the file has its name in the spool, nobody knows',
  'package.verified': 'worker: a package is unpacked and verified, nothing is written',
  'package.content': 'worker: one more content of a package is staged',
  'package.staged': 'worker: all contents of a package are staged',
  'large.verified': 'worker: a file that came alone is verified, and not staged',
  'large.staged': 'worker: a file that came alone is staged',
  'set.staged': 'worker: everything that the manifest wants has come',
  'apply.planned': 'worker: what applying does is decided, the journal is not written',
  'put.copied':
    'worker: one more copy of a content that several files have is staged, the journal is not written',
  'journal.written': 'worker: the journal is on disk under a temporary name',
  'journal.named': 'worker: the journal has its name; from here on the new set will be',
  'journal.stands': 'worker: the name of the journal is on disk',
  'put.staged': 'worker: the next file is about to be moved to its place',
  'put.placed': 'worker: one more file is in its place',
  'remove.done': 'worker: one more file is removed',
  'directory.removed': 'worker: a directory that became empty is removed',
  'journal.carried-out': 'worker: everything is in place, the journal still stands',
  'journal.removed': 'worker: the journal is removed, that may not be on disk',
  'journal.gone': 'worker: the journal is removed for good',
  'undo.turned':
    'worker: the set cannot be applied, and its journal has the name that says so: the old set will be',
  'undo.stands': 'worker: that name is on disk',
  'undo.planned': 'worker: what is to be undone is known',
  'undo.back': 'worker: one more file is as it was',
  'undo.done': 'worker: everything is as it was, the journal still stands',
  'undo.removed': 'worker: that journal is removed, that may not be on disk',
  'undo.gone': 'worker: that journal is removed for good',
  'staging.removed': 'worker: the staged contents are removed',
  'set.applied': 'worker: the set is applied, the master does not know',
  'recover.begun': 'start: it is not known what an earlier life has left',
  'recover.dropping': 'start: there is no journal, what was staged is about to be dropped',
  'recover.trusted': 'start: a journal was found, and may be carried out',
  'recover.verified': 'start: the contents that are left of it are verified',
  'recover.completed': 'start: the journal is carried out and gone',
  'agents.read': 'worker: agents that changed are read, the master is not asked',
  'agents.packed': 'worker: these agents are ready to be sent',
  'agents.sent': 'worker: the master has the agents, and was told to store them',
  'agents.stored': 'master: one more chunk of agents is in its store, the worker does not know',
  'agents.confirmed': 'worker: agents that the master has are marked as synced',
  'groups.read': 'master: groups that changed are read, nobody was sent them',
  'groups.packed': 'master: groups for one worker are ready to be sent',
  'groups.sent': 'master: a worker has the groups, and was told to store them',
  'groups.stored': 'worker: groups are in its store, nothing is compared',
  'groups.overwritten':
    'worker: all groups are in its store, those that the master does not have are there too',
  'groups.compared': 'worker: its checksum is read, the master does not know',
  'groups.confirmed': 'master: groups that the workers have are marked as synced',
  'store.committing': 'store: a transaction is about to be committed',
  'store.committed': 'store: the transaction is committed, whoever asked for it does not know',
} as const;

export type FaultPoint = keyof typeof FAULT_POINTS;

/** One passage of a point. Whoever watches may set `error`: it is thrown there. */
export interface Passage {
  readonly point: FaultPoint;
  error: Error | null;
}

/** Name of the channel on which passages are published. */
export const FAULT_CHANNEL = 'muster:fault-point';

// Kept, so that a passage that nobody watches costs one look at a flag.
const passages = channel(FAULT_CHANNEL);

/** Marks a step at which a test may let this process die. Does nothing while nobody watches. */
export function faultPoint(point: FaultPoint): void {
  if (!passages.hasSubscribers) return;
  const passage: Passage = { point, error: null };
  passages.publish(passage);
  if (passage.error !== null) throw passage.error;
}
