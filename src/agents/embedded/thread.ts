import { parentPort, workerData } from 'node:worker_threads';
import { WdbServer } from '../wdb-server.ts';
import { AgentDatabase } from './database.ts';
import { execute } from './execute.ts';
import { START_ID, type StoreCall, type StoreReply, type ThreadOptions } from './messages.ts';
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
    const opened = new AgentDatabase(options);
    database = opened;
    if (options.socket !== null) {
      server = new WdbServer((requests) => execute(opened, requests));
      await server.listen(options.socket);
    }
    parentPort?.on('message', (call: StoreCall) => void answer(opened, call));
    reply({ id: START_ID, result: null });
  } catch (error) {
    database?.close();
    fail(START_ID, error);
  }
}

async function answer(opened: AgentDatabase, call: StoreCall): Promise<void> {
  const { id } = call;
  try {
    if ('requests' in call) reply({ id, result: execute(opened, call.requests) });
    else if ('task' in call) reply({ id, result: runTask(opened, call.task, call.args as never) });
    else reply({ id, result: await close(opened) });
  } catch (error) {
    fail(id, error);
  }
}

async function close(opened: AgentDatabase): Promise<void> {
  await server?.close();
  opened.close();
  parentPort?.close();
}

void start();
