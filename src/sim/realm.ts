import { registerHooks } from 'node:module';
import { extname } from 'node:path';

/**
 * The sources of a node, loaded a second time for the simulation: the same text, line by line, in which `node:fs`, threads,
 * timers, the date and what is random are those of a simulated world (`shims/`). Nothing of a node is written for the
 * simulator, and nothing else in the process is touched.
 */
const REALM = '?sim';
const OWN = new URL('../sim/', import.meta.url).href;
const ROOT = OWN.slice(0, -'src/sim/'.length);
const SHIMS = `${OWN}shims/`;
const EXTENSION = extname(import.meta.url);

/** What is another one in the realm: modules of Node, and what reaches for a socket of the machine. */
const REPLACED: Readonly<Record<string, string>> = {
  'node:fs': 'fs',
  'node:fs/promises': 'fs-promises',
  'node:timers/promises': 'timers-promises',
  'node:crypto': 'crypto',
  'node:worker_threads': 'worker-threads',
  'node:sqlite': 'sqlite',
  'node:net': 'net',
  'node:os': 'os',
  'src/transport/unix': 'unix',
  'src/agents/wdb-server': 'wdb-server',
  'src/registration/authd-server': 'authd-server',
};

/** Modules of Node that neither wait, nor reach outside of the process, nor are random. */
const HARMLESS = new Set([
  'node:buffer',
  // Tests stop a node at its points.
  'node:diagnostics_channel',
  'node:path',
  'node:url',
  // Sizes of heaps.
  'node:v8',
  // What waits for other threads in it is used for backups alone, of which a simulated world makes none.
  'node:zlib',
]);

/** Globals that tell time, wait, are random or name the process; a module that uses one gets that of the simulated world. */
const GLOBALS = [
  'Date',
  'Math',
  'performance',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'process',
  'AbortSignal',
];

const isOurs = (url: string) => url.startsWith(ROOT) && !url.includes('/node_modules/');
/** The simulator itself lives outside of the worlds that it makes. */
const isSimulator = (url: string) => url.startsWith(OWN);
const shim = (name: string) => `${SHIMS}${name}${EXTENSION}${REALM}`;

/** Name of a source without its extension, from the root of the repository. */
const nameOf = (url: string) => url.slice(ROOT.length, url.length - EXTENSION.length);

/** A wrong that is put into one source, to see whether the simulator finds it. */
export interface Mutation {
  /** From the root of the repository: `src/files/apply.ts`. */
  readonly file: string;
  /** What stands there, once. */
  readonly text: string;
  readonly wrong: string;
  /** Another source, where only both together go wrong. */
  readonly also?: Mutation;
}

let isRegistered = false;

function register(mutation: Mutation | null): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, next) {
      const from = context.parentURL ?? '';
      if (!from.endsWith(REALM)) return next(specifier, context);
      const replacement = isSimulator(from) ? undefined : REPLACED[specifier];
      if (replacement !== undefined) return { url: shim(replacement), shortCircuit: true };
      if (specifier.startsWith('node:') && !isSimulator(from) && !HARMLESS.has(specifier))
        throw new Error(`${specifier} is not simulated: ${nameOf(from.slice(0, -REALM.length))} imports it`);
      const resolved = next(specifier, context);
      if (!isOurs(resolved.url)) return resolved;
      const own = REPLACED[nameOf(resolved.url)];
      return { ...resolved, url: own === undefined ? `${resolved.url}${REALM}` : shim(own) };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(REALM) || isSimulator(url) || !loaded.source) return loaded;
      const source = String(loaded.source);
      const own = listOf(mutation).filter(({ file }) => url === `${ROOT}${file}${REALM}`);
      return { ...loaded, source: withWorld(own.reduce(mutated, source)) };
    },
  });
}

const listOf = (mutation: Mutation | null | undefined): Mutation[] =>
  mutation ? [mutation, ...listOf(mutation.also)] : [];

function mutated(source: string, { file, text, wrong }: Mutation): string {
  if (source.split(text).length !== 2) throw new Error(`${file} does not have this once: ${text}`);
  return source.replace(text, () => wrong);
}

/** The source with an import in front of its first line, so that the numbers of lines stay. */
function withWorld(source: string): string {
  const names = GLOBALS.filter((name) => isUsed(source, name) && !isImported(source, name));
  if (names.length === 0) return source;
  return `import { ${names.join(', ')} } from '${shim('globals')}'; ${source}`;
}

/** Of these only one thing is another one in the realm. */
const PARTS: Readonly<Record<string, string>> = {
  Math: 'Math.random',
  process: 'process.pid',
  AbortSignal: 'AbortSignal.timeout',
};

const isUsed = (source: string, name: string) => {
  const part = PARTS[name];
  return part === undefined ? new RegExp(`(?<![.\\w#])${name}\\b`).test(source) : source.includes(part);
};

const isImported = (source: string, name: string) =>
  new RegExp(`import [^;]*\\b${name}\\b[^;]*from`).test(source);

/** The simulator, loaded into the realm: once a thread, so that a mutation counts for the first call alone. */
export async function loadSimulator(
  mutation: Mutation | null = null,
): Promise<typeof import('./simulate.ts')> {
  register(mutation);
  return await import(new URL(`./simulate${EXTENSION}${REALM}`, import.meta.url).href);
}
