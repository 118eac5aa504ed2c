import { lstat, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import type { FileSendInput } from '../../../machines/transfer/file-send.ts';
import { fileSystemError } from '../../config/system-words.ts';
import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { masterChannel } from './master-channel.ts';

/** What a name in the directory of a peer cannot hold. */
const UNFIT = /[^A-Za-z0-9._-]/g;
/** Of the name of a file at the other node. */
const MAX_NAME_CHARS = 200;

/**
 * What has to be sent so that a file of this home is at another node, where it lies in the directory of what came from this
 * one until it is too old; and the reply when it is there. Rejects with 3022 for an unknown node, 3023 on a worker without a
 * master, 3034 where there is no such file, 3114 for one outside the home. Specification: Local protocol, `send_file`.
 */
export async function fileToSend(
  services: NodeServices,
  { path, node }: ArgsOf<'send_file'>,
): Promise<{ reply: ReplyOf<'send_file'>; file: FileSendInput }> {
  const { config, pool } = services;
  const connectionId = receiverOf(services, node);
  const file = await fileInHome(config.home, path);
  const told = await pool.digestFile(file);
  const { sizeBytes } = told;
  // What a peer is told of it at the end.
  const isSha256 = services.channels.find(connectionId)?.traits.fileDigest === 'sha256';
  const { digest } = isSha256 ? await pool.run('sha256', { path: file }) : told;
  return {
    reply: { bytes: sizeBytes },
    file: {
      connectionId,
      path: file,
      name: `sent-${basename(path).replaceAll(UNFIT, '_')}`.slice(0, MAX_NAME_CHARS),
      sizeBytes,
      digest,
      progressTimeoutMs: config.intervals.communication.timeoutReceivingFileMs,
    },
  };
}

/** The connection to the node; a worker sends to its master, whatever name is given. */
function receiverOf(services: NodeServices, node: string | null): number {
  if (services.config.role === 'worker') return masterChannel(services).id;
  if (node === null) throw new MusterError(3022, 'send_file: a master has to be told to which node');
  const worker = services.status.worker(node);
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
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new MusterError(3034, `${path} below ${home}`);
    throw fileSystemError(path, error);
  }
}
