import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { homeTrouble } from '../config/home-trouble.ts';
import { readMusterJson } from '../config/muster-json.ts';
import { fileSystemError, systemWords } from '../config/system-words.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import { MusterError } from '../protocol/errors.ts';
import { randomPassword, type Users } from './auth/users.ts';
import { buildApp } from './http/app.ts';
import { LazyCluster } from './lazy-cluster.ts';
import { openApiServices } from './open-services.ts';

export interface RunApiOptions {
  home: string;
  /** What `etc/muster.json` says, unless given. */
  host?: string;
  port?: number;
  /** Plain HTTP off loopback. */
  insecure: boolean;
  debug: boolean;
  terminal: 'auto' | 'look' | 'json' | 'none';
  /** Tells the first administrator's password, once. */
  tellPassword(name: string, password: string): void;
  /** It listens. */
  tellAddress(address: string): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const MS = 1_000;
export const FIRST_USER = 'admin';

/**
 * Runs the HTTP API of a home until a signal ends it. It is a process of its own: the daemon may come and go. Throws 3004
 * for a configuration that cannot be used, 3101 if it cannot listen, 3404, 3413.
 */
export async function runApi(options: RunApiOptions): Promise<void> {
  const home = resolve(options.home);
  const trouble = await homeTrouble(home);
  if (trouble !== null) throw new MusterError(3004, trouble);
  const { api } = (await readMusterJson(home)).settings;
  const host = options.host ?? api.bind_address;
  const tls = await readTls(home, api);
  refuseInTheClear(host, tls !== null || options.insecure);
  const log = createLogger({
    level: options.debug ? 'debug' : 'info',
    home: null,
    terminal: options.terminal,
  });
  try {
    await serve({ ...options, home, host, port: options.port ?? api.port }, api, tls, log);
  } finally {
    await log.close();
  }
}

type ApiSettings = Awaited<ReturnType<typeof readMusterJson>>['settings']['api'];
type Tls = { cert: Buffer; key: Buffer } | null;

async function serve(
  options: RunApiOptions & { host: string; port: number },
  settings: ApiSettings,
  tls: Tls,
  logger: Logger,
): Promise<void> {
  const log = logger.tagged('API', 'Main');
  const cluster = new LazyCluster(options.home);
  const services = await openApiServices({
    home: options.home,
    cluster,
    log,
    tokenLifetimeMs: settings.token_lifetime * MS,
    maxLoginAttempts: settings.max_login_attempts,
    blockTimeMs: settings.block_time * MS,
  });
  await welcomeFirst(services.users, options);
  const app = await buildApp(services, { tls, trustedProxies: settings.trusted_proxies });
  const ended = untilSignal();
  services.feed.start();
  try {
    const address = await app
      .listen({ host: options.host, port: options.port })
      .catch((error) => Promise.reject(cannotListen(options, error)));
    log.info(`Listening on ${address} (pid: ${process.pid})`);
    options.tellAddress(address);
    log.info(`SIGNAL [${await ended}] received. Exit...`);
  } finally {
    services.feed.close();
    app.server.closeAllConnections();
    await app.close();
    await cluster.close();
  }
}

/** Nobody can log in at an API without users: the first start makes an administrator. */
async function welcomeFirst(users: Users, { tellPassword }: RunApiOptions): Promise<void> {
  if (users.list.length > 0) return;
  const password = randomPassword();
  await users.add(FIRST_USER, 'administrator', password);
  tellPassword(FIRST_USER, password);
}

async function readTls(home: string, { certificate, private_key }: ApiSettings): Promise<Tls> {
  if (certificate === null && private_key === null) return null;
  if (certificate === null || private_key === null) {
    throw new MusterError(3004, 'etc/muster.json: api.certificate and api.private_key go together');
  }
  const read = (path: string) =>
    readFile(resolve(home, path)).catch((error) => Promise.reject(fileSystemError(path, error)));
  return { cert: await read(certificate), key: await read(private_key) };
}

/** Passwords and tokens do not cross a network in the clear, unless somebody says so. */
function refuseInTheClear(host: string, isAllowed: boolean): void {
  if (isAllowed || isLoopback(host)) return;
  throw new MusterError(3413, host);
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

const cannotListen = ({ host, port }: { host: string; port: number }, error: Error) =>
  new MusterError(3101, `${host}:${port}: ${systemWords(error)}`, { cause: error });

function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}
