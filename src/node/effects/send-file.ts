import { constants } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { FileSendInput } from '../../../machines/transfer/file-send.ts';
import { sentFileName } from '../../../machines/transfer/sent-file.ts';
import type { NodeConfig } from '../../config/node-config.ts';
import { fileSystemError } from '../../config/system-words.ts';
import { PathRules, unsafe } from '../../files/paths.ts';
import type { ArgsOf, ReplyOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { NodeServices } from '../services.ts';
import { masterChannel } from './master-channel.ts';

/** Files that people and programs lay down to be sent: not those of directories below, which others may exchange. */
const TO_BE_SENT = /^tmp\/[^/]+$/;
const PLACES = 'only files that are synchronised, or lie in tmp below the home itself, are sent';

/**
 * What has to be sent so that a file of this home is at another node, where it lies in the directory of what came from this
 * one until it is too old; and the reply when it is there. Rejects with 3022 for an unknown node, 3023 on a worker without a
 * master, 3034 where there is no such file, 3114 for one that is not to be sent. Specification: Local protocol, `send_file`.
 */
export async function fileToSend(
  services: NodeServices,
  { path, node }: ArgsOf<'send_file'>,
): Promise<{ reply: ReplyOf<'send_file'>; file: FileSendInput }> {
  const { config, pool } = services;
  const connectionId = receiverOf(services, node);
  const file = await fileInHome(config, path);
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
      name: sentFileName(basename(path)),
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

/**
 * The node reads more than whoever asks it: it sends only what is synchronised, or was put into `tmp` to be sent, and of
 * that nothing which the group of the socket could not read itself.
 */
async function fileInHome({ home, files }: NodeConfig, path: string): Promise<string> {
  const rules = new PathRules(files);
  checkPlace(rules, path);
  try {
    const [root, file] = await Promise.all([realpath(home), realpath(join(home, path))]);
    checkPlace(rules, relative(root, file), path); // where links lead
    const found = await lstat(file);
    if (!found.isFile()) throw new MusterError(3034, `${path} is no file`);
    if ((found.mode & constants.S_IRGRP) === 0) throw unsafe(path, 'its group may not read it');
    return file;
  } catch (error) {
    if (error instanceof MusterError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new MusterError(3034, `${path} below ${home}`);
    throw fileSystemError(path, error);
  }
}

/** Throws 3114 for a path of which nothing is sent, as it was asked for. */
function checkPlace(rules: PathRules, path: string, asked = path): void {
  if (TO_BE_SENT.test(path)) return;
  try {
    rules.check(path);
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    throw unsafe(asked, PLACES);
  }
}
