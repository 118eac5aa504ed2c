import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { MusterError } from '../../protocol/errors.ts';
import { fileIdentity } from '../file-identity.ts';
import { GROUPS_NOTICE_MS, MAX_BATCH_MS } from '../limits.ts';
import type { MirroredPiece } from '../store-types.ts';
import { WdbServer } from '../wdb-server.ts';
import { AgentDatabase } from './database.ts';
import { execute } from './execute.ts';
import { START_ID, type StoreCall, type StoreReply, type ThreadOptions } from './messages.ts';
import { lossOf, type Place } from './places.ts';
import { RegistryMirror } from './registry-mirror.ts';
import { databaseError } from './sqlite-errors.ts';
import { runTask } from './tasks.ts';

/**
 * The thread of an embedded store: it owns the database, and serves it to other programs itself, so that neither slows
 * the node down.
 */
const options = workerData as ThreadOptions;
const reply = (message: StoreReply) => parentPort?.postMessage(message);
const fail = (id: number, error: unknown) =>
  reply({ id, failure: databaseError(options.file, error).toWire() });

let database: AgentDatabase | null = null;
let server: WdbServer | null = null;

async function start(): Promise<void> {
  try {
    const opened = new AgentDatabase({
      ...options,
      onGroups: noticeGroups,
      onCare: (isUnderWay) => reply({ notice: 'care', isUnderWay }),
    });
    database = opened;
    let socket: Place | null = null;
    if (options.socket !== null) {
      server = new WdbServer({
        execute: (requests) => execute(opened, requests, MAX_BATCH_MS),
        onCrowd: () => reply({ notice: 'crowd' }),
      });
      await server.listen(options.socket);
      socket = { path: options.socket, identity: fileIdentity(options.socket) };
    }
    const mirror = new RegistryMirror(opened);
    // One after the other: what takes several turns is not overtaken.
    let last = Promise.resolve();
    parentPort?.on('message', (call: StoreCall) => {
      last = last.then(() => answer({ opened, mirror }, call));
    });
    const look = setInterval(() => {
      const loss = lossBehind(opened, socket);
      if (loss === null) return;
      clearInterval(look);
      void close(opened).finally(() => reply({ notice: 'lost', failure: loss.toWire() }));
    }, options.lookMs).unref();
    reply({ id: START_ID, result: socket?.identity ?? null });
  } catch (error) {
    database?.close();
    fail(START_ID, error);
  }
}

/** Whoever cannot be found any more has to end, and to say so. */
function lossBehind(opened: AgentDatabase, socket: Place | null): MusterError | null {
  try {
    return lossOf(socket === null ? [opened] : [opened, socket]);
  } catch (error) {
    return databaseError(options.file, error);
  }
}

let isNoticeDue = false;

/** Many changes in a row are told once. */
function noticeGroups(): void {
  if (isNoticeDue) return;
  isNoticeDue = true;
  setTimeout(() => {
    isNoticeDue = false;
    reply({ notice: 'groups' });
  }, GROUPS_NOTICE_MS).unref();
}

/** The database, and what keeps it in step with the files of the home. */
interface Opened {
  readonly opened: AgentDatabase;
  readonly mirror: RegistryMirror;
}

async function answer({ opened, mirror }: Opened, call: StoreCall): Promise<void> {
  const { id } = call;
  try {
    if ('requests' in call) reply({ id, result: await executeAll(opened, call.requests) });
    else if ('task' in call) reply({ id, result: runTask(opened, call.task, call.args as never) });
    else if ('mirror' in call) reply({ id, result: await mirrorPiece(mirror) });
    else reply({ id, result: await close(opened) });
  } catch (error) {
    fail(id, error);
  }
}

/** In as many turns as it takes: whoever waits at the socket is served between. */
async function executeAll(opened: AgentDatabase, requests: readonly string[]): Promise<readonly string[]> {
  const answers = execute(opened, requests, MAX_BATCH_MS);
  while (answers.length < requests.length) {
    await setImmediate();
    answers.push(...execute(opened, requests.slice(answers.length), MAX_BATCH_MS));
  }
  return answers;
}

/** Whoever waits at the socket is served before the next piece can be asked for. */
async function mirrorPiece(mirror: RegistryMirror): Promise<MirroredPiece> {
  const piece = mirror.step();
  await setImmediate();
  return piece;
}

async function close(opened: AgentDatabase): Promise<void> {
  await server?.close();
  opened.close();
}

void start();
