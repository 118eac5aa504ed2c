import { type AnyActorRef, createActor, type EventObject } from 'xstate';
import { failureOf } from '../../machines/failure.ts';
import { indexScheduler } from '../../machines/supervision/scheduler.ts';
import { stuckThreads, threadsEnded } from '../agents/embedded/thread-end.ts';
import { loadConfig } from '../config/load.ts';
import type { LogLevel, NodeConfig } from '../config/node-config.ts';
import { fileSystemError } from '../config/system-words.ts';
import { FileWatcher } from '../files/watch.ts';
import type { Recorder } from '../inspect/recorder.ts';
import type { Inspector } from '../inspect/server.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import { MusterError } from '../protocol/errors.ts';
import type { OfferedMethods } from '../requests/handlers.ts';
import { KeyRing } from '../transport/keys.ts';
import { checkBindAddress } from './bind-address.ts';
import { told } from './effects/failures.ts';
import { lockHome } from './home-lock.ts';
import { masterTree } from './master.ts';
import { nodeTransfers } from './node-transfers.ts';
import { openServices } from './open-services.ts';
import { writePidFile } from './pid-file.ts';
import { takeUpKeys } from './reload-keys.ts';
import type { NodeServices } from './services.ts';
import { clusterTransport } from './transports.ts';
import { DialectMemory } from './wazuh4/dialect-memory.ts';
import { workerTree } from './worker.ts';

export interface RunOptions {
  home: string;
  /** Null: what the home's internal options say. */
  logLevel: LogLevel | null;
  insecure: boolean;
  terminal: 'auto' | 'look' | 'json' | 'none';
  /** Port of the page on which the node is watched, 0 for any; null: there is none. */
  inspectPort?: number | null;
  /** The file that keeps what machines do; null: none. */
  recording?: string | null;
  /** What the node offers, if it is not the methods of this version: tests have methods of their own. */
  methods?: OfferedMethods;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Exit codes of `muster node`; see the help of the command line. */
const EXIT = { ok: 0, failed: 1 } as const;
/** Errors that have an exit code of their own: insecure configuration, home in use. */
const EXIT_OF: Readonly<Record<number, number>> = { 3117: 5, 3118: 3 };

/**
 * Runs a node until a signal ends it or it fails. Returns the exit code. Throws MusterError for a configuration that
 * cannot be used (3004 to 3006), before anything is started.
 */
export async function runNode(options: RunOptions): Promise<number> {
  const config = await loadConfig(options.home);
  if (!config.disabled) await checkBindAddress(config);
  const log = createLogger({
    level: options.logLevel ?? config.log.level,
    home: config.home,
    terminal: options.terminal,
    secrets: [config.key, ...config.security.acceptedKeys],
    rotates: config.log.rotate,
  });
  const main = log.tagged('Cluster', 'Main');
  try {
    for (const warning of config.warnings) main.warning(warning);
    if (config.disabled) {
      main.info('The cluster is disabled in etc/ossec.conf: there is nothing to do.');
      return EXIT.ok;
    }
    const unlock = lockHome(config.home);
    try {
      const removePidFile = writePidFile(config.home);
      try {
        return await serve(config, options, log);
      } finally {
        removePidFile();
      }
    } finally {
      unlock();
    }
  } catch (error) {
    const failure = MusterError.from(error);
    main.error(failure.toLog());
    return EXIT_OF[failure.code] ?? EXIT.failed;
  } finally {
    await log.close();
  }
}

async function serve(config: NodeConfig, options: RunOptions, log: Logger): Promise<number> {
  const main = log.tagged('Cluster', 'Main');
  const keys = new KeyRing(config.key, config.security.acceptedKeys);
  const memory = new DialectMemory();
  const transport = clusterTransport(config, options.insecure, keys, memory);
  const services = await openServices(config, log, {
    keys,
    memory,
    ...(options.methods && { methods: options.methods }),
  });
  const transfers = nodeTransfers(services);
  const tree = config.role === 'master' ? masterTree : workerTree;
  const root: AnyActorRef = createActor(
    tree(services, transfers, transport, () => root),
    { clock: services.clock },
  );
  indexScheduler(root);
  services.tap.attach(root);
  const watcher = watch(services, root);
  const onSignal = (signal: string) => {
    main.info(`SIGNAL [${signal}] received. Exit...`);
    root.send({ type: 'shutdown' });
  };
  const onHangUp = () => void takeUpKeys(config.home, keys, log);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('SIGHUP', onHangUp);
  let inspector: Inspector | null = null;
  let recorder: Recorder | null = null;
  try {
    inspector = await inspected(services, options.inspectPort ?? null);
    recorder = await recorded(services, options.recording ?? null);
    main.info(
      `Starting ${config.role} ${config.nodeName} of cluster ${config.clusterName} (pid: ${process.pid})`,
    );
    await ended(root);
    main.info('Stopped.');
    return EXIT.ok;
  } catch (error) {
    main.error(`The node stops: ${told(failureOf(error))}`);
    return EXIT.failed;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('SIGHUP', onHangUp);
    watcher?.close();
    await inspector?.close();
    recorder?.close();
    await services.pool.close();
    await threadsEnded();
    if (stuckThreads() > 0)
      main.warning('A thread of the agent store does not end: this process ends by a signal.');
  }
}

/** Serves the page on which the node is watched, if it is wanted. What it needs is loaded only then. */
async function inspected(services: NodeServices, port: number | null): Promise<Inspector | null> {
  if (port === null) return null;
  const { openInspector } = await import('../inspect/server.ts');
  const { config, tap, version, log } = services;
  const node = { name: config.nodeName, role: config.role, version };
  const inspector = await openInspector({ tap, port, node });
  log.tagged('Cluster', 'Main').info(`The node can be watched at ${inspector.url}`);
  return inspector;
}

/** Keeps what machines and frames do. A disk that is full ends the recording, and not the node. */
async function recorded(services: NodeServices, file: string | null): Promise<Recorder | null> {
  if (file === null) return null;
  const { Recorder } = await import('../inspect/recorder.ts');
  const main = services.log.tagged('Cluster', 'Main');
  try {
    return new Recorder(services.tap, file, (error) =>
      main.warning(`The recording ${file} ends`, { error: fileSystemError(file, error) }),
    );
  } catch (error) {
    throw fileSystemError(file, error);
  }
}

/** Starts the tree and waits for its end; rejects if it fails. */
function ended(root: AnyActorRef): Promise<void> {
  return new Promise((resolve, reject) => {
    root.subscribe({
      complete: resolve,
      error: reject,
      next: () => {},
    });
    root.start();
  });
}

/** Lets a change on disk be noticed at once; the periods of the configuration stay as the safety net. */
function watch(services: NodeServices, root: AnyActorRef): FileWatcher | null {
  const { config, log } = services;
  if (!config.push.watch) return null;
  const main = log.tagged('Cluster', 'Main');
  const isMaster = config.role === 'master';
  const tell = (child: string, event: EventObject) => root.send({ type: 'supervisor.send', child, event });
  return new FileWatcher({
    home: config.home,
    config: config.files,
    debounceMs: config.push.debounceMs,
    onChange: () => {
      tell('registry', { type: 'trigger' });
      if (isMaster) tell('localIntegrity', { type: 'trigger' });
      else tell('connector', { type: 'files.changed' });
    },
    onError: (error) =>
      main.warning('Files cannot be watched; changes are noticed by the periodic check', { error }),
  });
}
