import { lstat, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { createActor, toPromise } from 'xstate';
import { fileSystemError } from '../../config/system-words.ts';
import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import type { Transfers } from '../transfers/index.ts';
import { asError } from './failures.ts';

/** What a name in the directory of a peer cannot hold. */
const UNFIT = /[^A-Za-z0-9._-]/g;

/**
 * Sends a file of this home to another node, where it lies in the directory of what came from this one until it is too
 * old. Resolves when the other node has verified it. Rejects with 3022 for an unknown node, 3023 on a worker without a
 * master, 3034 where there is no such file, 3114 for one outside the home, and with what the transfer fails with.
 * Specification: Local protocol, `send_file`.
 */
export async function sendFile(
  services: NodeServices,
  transfers: Transfers,
  { path, node }: ArgsOf<'send_file'>,
  signal: AbortSignal,
): Promise<ReplyOf<'send_file'>> {
  const { config, clock, pool } = services;
  const connectionId = receiverOf(services, node);
  const file = await fileInHome(config.home, path);
  const { digest, sizeBytes } = await pool.digestFile(file);
  const actor = createActor(transfers.fileSend, {
    clock,
    input: {
      connectionId,
      path: file,
      name: `sent-${basename(path).replaceAll(UNFIT, '_')}`.slice(0, 200),
      sizeBytes,
      digest,
      progressTimeoutMs: config.intervals.communication.timeoutReceivingFileMs,
    },
  });
  const cancel = () => actor.send({ type: 'cancel' });
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const ended = toPromise(actor);
    actor.start();
    const { outcome, failure } = await ended;
    if (outcome !== 'done') throw asError(failure ?? { code: 3120, message: path });
    return { bytes: sizeBytes };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** The connection to the node; a worker sends to its master, whatever name is given. */
function receiverOf({ config, channels, status }: NodeServices, node: string | null): number {
  if (config.role === 'worker') {
    const master = channels.master();
    if (master === undefined || status.master === null) {
      throw new MusterError(3023, status.masterFailure?.message);
    }
    return master.id;
  }
  if (node === null) throw new MusterError(3022, 'send_file: a master has to be told to which node');
  const worker = status.worker(node);
  if (worker === undefined) throw new MusterError(3022, `${node} is not connected`);
  return worker.connectionId;
}

async function fileInHome(home: string, path: string): Promise<string> {
  try {
    const [root, file] = await Promise.all([realpath(home), realpath(join(home, path))]);
    if (!file.startsWith(`${root}${sep}`)) throw new MusterError(3114, path);
    if (!(await lstat(file)).isFile()) throw new MusterError(3034, `${path} is no file`);
    return file;
  } catch (error) {
    if (error instanceof MusterError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new MusterError(3034, path);
    throw fileSystemError(path, error);
  }
}
