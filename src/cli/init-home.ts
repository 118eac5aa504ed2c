import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkSection } from '../config/check-section.ts';
import { homePaths } from '../config/home.ts';
import type { NodeRole } from '../config/node-config.ts';
import { parseClusterSection } from '../config/ossec-conf.ts';
import { clusterJsonSchema } from '../config/schema/cluster-json.ts';
import { fileSystemError } from '../config/system-words.ts';
import { MusterError } from '../protocol/errors.ts';
import { RefusedError, UsageError } from './exit-code.ts';
import { parseHostPort } from './host-port.ts';
import { makeKey } from './make-key.ts';
import { ossecConfText } from './ossec-conf-text.ts';

export interface InitOptions {
  home: string;
  role: NodeRole;
  name: string;
  cluster: string;
  bind?: string;
  port?: string;
  master?: string;
  key?: string;
  force: boolean;
}

export interface InitReport {
  home: string;
  role: NodeRole;
  name: string;
  cluster: string;
  master: { host: string; port: number };
  /** Paths below the home. */
  written: string[];
  kept: string[];
  /** The key, if it was made here. */
  generatedKey: string | null;
  /** The home had another key before: it belongs to another cluster now. */
  hasOtherKey: boolean;
}

/** Directories of a home as far as the cluster needs them, with the modes of an existing installation. */
const DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  ['etc', 0o770],
  ['etc/shared', 0o770],
  ['etc/shared/default', 0o770],
  ['etc/rules', 0o770],
  ['etc/decoders', 0o770],
  ['etc/lists', 0o770],
  ['var', 0o750],
  ['var/multigroups', 0o770],
  ['var/run', 0o770],
  ['queue', 0o750],
  ['queue/cluster', 0o770],
  ['queue/db', 0o750],
  ['queue/sockets', 0o770],
  ['queue/tasks', 0o770],
  ['backup', 0o750],
  ['backup/db', 0o750],
  ['logs', 0o770],
  ['logs/cluster', 0o750],
  ['tmp', 0o1770],
];

const DEFAULT_PORT = '1516';

/** Lays out a home. Throws UsageError, RefusedError where the home has been set up before, or 3119. */
export async function initHome(options: InitOptions): Promise<InitReport> {
  const home = resolve(options.home);
  const before = await existingKey(home, options);
  const key = options.key ?? before ?? (options.role === 'master' ? makeKey() : null);
  if (key === null) throw new UsageError('a worker needs the key of its master: --key, or MUSTER_KEY');
  const place = whereIsTheMaster(options);
  const text = ossecConfText({ ...options, key, ...place });
  const path = join(home, homePaths.ossecConf);
  // What is written is read back by the same rules that the node will apply, before anything is touched.
  checkAsTheNodeWill(text, path);
  const report: InitReport = {
    home,
    role: options.role,
    name: options.name,
    cluster: options.cluster,
    master: { host: place.node, port: Number(place.port) },
    written: [],
    kept: [],
    generatedKey: options.key === undefined && before === null ? key : null,
    hasOtherKey: before !== null && before !== key,
  };
  try {
    await makeDirectories(home);
    await write(report, homePaths.ossecConf, text, 0o660, true);
    const clusterJson = `${JSON.stringify(clusterJsonSchema.parse({}), null, 2)}\n`;
    await write(report, homePaths.clusterJson, clusterJson, 0o640, true);
    if (options.role === 'master') await write(report, homePaths.clientKeys, '', 0o640, false);
  } catch (error) {
    if (error instanceof MusterError) throw error;
    const path = (error as NodeJS.ErrnoException).path ?? home;
    throw fileSystemError(path, error);
  }
  return report;
}

/** Wrong values come from the command line here, so the words do not name the file that is not written yet. */
function checkAsTheNodeWill(text: string, path: string): void {
  try {
    checkSection(parseClusterSection(text, path), path);
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    throw new UsageError((error.detail ?? error.message).replace(`${path}: `, ''), { cause: error });
  }
}

/** Refuses a home that has been set up; with --force, the key that it has (a key is never replaced unasked). */
async function existingKey(home: string, { force, key }: InitOptions): Promise<string | null> {
  const path = join(home, homePaths.ossecConf);
  const found = [homePaths.ossecConf, homePaths.clusterJson].filter((name) => existsSync(join(home, name)));
  if (found.length === 0) return null;
  if (!force) {
    throw new RefusedError(
      `${home} has been set up before (it has ${found.join(', ')}); --force writes its configuration anew and ${key === undefined ? 'keeps its key' : 'gives it the key of --key'}`,
    );
  }
  if (!existsSync(path)) return null;
  return parseClusterSection(await readFile(path, 'utf8'), path)?.values.key ?? null;
}

/** The port in `--master` and `--port` are the same thing for a worker, so they must agree. */
function whereIsTheMaster(options: InitOptions): { node: string; bind: string; port: string } {
  const master = options.master === undefined ? null : parseHostPort(options.master);
  if (options.role === 'worker' && master === null) {
    throw new UsageError('a worker needs the address of its master: --master HOST:PORT');
  }
  if (options.port !== undefined && master?.port != null && master.port !== options.port) {
    throw new UsageError(
      `--port ${options.port} and --master ${options.master} name different ports; a worker connects to the port of the master`,
    );
  }
  const bind = options.bind ?? '0.0.0.0';
  const own = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind;
  return { node: master?.host ?? own, bind, port: options.port ?? master?.port ?? DEFAULT_PORT };
}

/** Those that are there keep their modes. */
async function makeDirectories(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o750 });
  for (const [path, mode] of DIRECTORIES) {
    const directory = join(home, path);
    if (existsSync(directory)) continue;
    await mkdir(directory);
    // The mode in mkdir is cut by the umask.
    await chmod(directory, mode);
  }
}

/** Writes whole or not at all. What is there is kept, or, if it is `ours`, moved beside. */
async function write(
  report: InitReport,
  name: string,
  text: string,
  mode: number,
  ours: boolean,
): Promise<void> {
  const path = join(report.home, name);
  if (existsSync(path)) {
    if (!ours) {
      report.kept.push(name);
      return;
    }
    const aside = `${name}.${new Date().toISOString().replace(/[:.]/g, '-')}`;
    await rename(path, join(report.home, aside));
    report.kept.push(aside);
  }
  const temporary = join(dirname(path), `.${process.pid}.init.tmp`);
  await writeFile(temporary, text, { mode, flag: 'wx' });
  await chmod(temporary, mode);
  await rename(temporary, path);
  report.written.push(name);
}
