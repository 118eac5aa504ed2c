import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';

/** What the files of one part of the house may import. */
export interface Rule {
  /** Beginning of the paths that it is for; the longest that fits counts. */
  readonly part: string;
  /** Beginnings of paths in this repository; the part itself is always allowed. */
  readonly inside: readonly string[];
  readonly packages: readonly string[];
  /** Modules of Node without the `node:`, or all of them. */
  readonly node: readonly string[] | 'all';
}

/** Who may import whom. `machines` and `src/protocol` do not know each other; they meet in `src/node`. */
export const rules: readonly Rule[] = [
  { part: 'machines/', inside: [], packages: ['xstate'], node: [] },
  { part: 'src/version.ts', inside: [], packages: [], node: 'all' },
  { part: 'src/fault-point.ts', inside: [], packages: [], node: ['diagnostics_channel'] },
  { part: 'src/secret-names.ts', inside: [], packages: [], node: [] },
  { part: 'src/latest.ts', inside: [], packages: [], node: [] },
  { part: 'src/turns.ts', inside: ['src/protocol/errors.ts'], packages: [], node: [] },
  { part: 'src/keyed-turns.ts', inside: ['src/turns.ts'], packages: [], node: [] },
  { part: 'src/protocol/', inside: [], packages: ['zod', 'msgpackr'], node: ['buffer'] },
  { part: 'src/transport/', inside: ['src/protocol/'], packages: [], node: 'all' },
  { part: 'src/config/', inside: ['src/protocol/'], packages: ['zod', 'fast-xml-parser'], node: 'all' },
  {
    part: 'src/files/',
    inside: ['src/fault-point.ts', 'src/latest.ts', 'src/protocol/', 'src/config/'],
    packages: ['zod', 'jszip', 'hash-wasm'],
    node: 'all',
  },
  {
    part: 'src/observe/',
    inside: ['src/secret-names.ts', 'src/protocol/', 'src/config/'],
    packages: ['pino'],
    node: 'all',
  },
  {
    part: 'src/local/',
    inside: ['src/protocol/', 'src/transport/', 'src/config/', 'src/requests/'],
    packages: ['zod'],
    node: 'all',
  },
  {
    part: 'src/agents/',
    inside: [
      'src/fault-point.ts',
      'src/turns.ts',
      'src/protocol/',
      'src/transport/',
      'src/config/',
      'src/registration/',
    ],
    packages: ['zod'],
    node: 'all',
  },
  {
    part: 'src/registration/',
    inside: ['src/protocol/', 'src/transport/', 'src/config/'],
    packages: ['zod'],
    node: 'all',
  },
  {
    part: 'src/requests/',
    inside: ['src/protocol/', 'src/config/', 'src/files/', 'src/agents/', 'src/registration/'],
    packages: ['zod'],
    node: 'all',
  },
  {
    part: 'src/simulate/',
    inside: ['src/protocol/', 'src/config/', 'src/agents/', 'src/registration/'],
    packages: [],
    node: 'all',
  },
  {
    part: 'src/inspect/',
    inside: ['machines/', 'src/secret-names.ts', 'src/protocol/', 'src/config/system-words.ts'],
    packages: ['zod', 'xstate', '@xstate/graph', 'fastify', '@fastify/static', 'msgpackr'],
    node: 'all',
  },
  {
    part: 'src/node/',
    inside: [
      'machines/',
      'src/version.ts',
      'src/turns.ts',
      'src/keyed-turns.ts',
      'src/latest.ts',
      'src/fault-point.ts',
      'src/protocol/',
      'src/transport/',
      'src/config/',
      'src/files/',
      'src/observe/',
      'src/inspect/',
      'src/local/',
      'src/agents/',
      'src/registration/',
      'src/requests/',
    ],
    packages: ['xstate'],
    node: 'all',
  },
  {
    part: 'src/sim/',
    inside: [
      'machines/',
      'src/protocol/',
      'src/transport/',
      'src/config/',
      'src/files/',
      'src/observe/',
      'src/agents/',
      'src/simulate/random.ts',
      'src/node/',
    ],
    packages: ['xstate'],
    node: 'all',
  },
  {
    part: 'src/conform/',
    inside: [
      'machines/',
      'src/protocol/',
      'src/transport/',
      'src/files/package-list.ts',
      'src/files/wazuh4/limits.ts',
      'src/files/zip.ts',
      'src/inspect/chart-paths.ts',
      'src/inspect/transitions.ts',
      'src/node/wazuh4/',
    ],
    packages: [],
    node: 'all',
  },
  {
    part: 'src/api/',
    inside: [
      'machines/catalog.ts',
      'src/version.ts',
      'src/protocol/',
      'src/config/',
      'src/observe/',
      'src/local/',
      'src/requests/',
      'src/registration/file-lock.ts',
      'src/registration/replace-file.ts',
      'src/transport/addresses.ts',
    ],
    packages: [
      'zod',
      'fastify',
      'fastify-type-provider-zod',
      '@fastify/rate-limit',
      '@fastify/static',
      '@fastify/swagger',
      '@fastify/swagger-ui',
      'jose',
      'prom-client',
    ],
    node: 'all',
  },
  {
    part: 'src/cli/',
    inside: [
      'src/version.ts',
      'src/protocol/',
      'src/config/',
      'src/files/',
      'src/observe/',
      'src/local/',
      'src/agents/',
      'src/registration/',
      'src/requests/',
      'src/simulate/',
      'src/sim/',
      'src/conform/',
      'src/node/',
      'src/inspect/',
      'src/api/',
    ],
    packages: ['commander', 'cli-table3', 'log-update'],
    node: 'all',
  },
];

// A statement of import or export, an import() or a require(); templates and comments are taken out before.
const SPECIFIER =
  /(?:\b(?:import|export)\b[^'"`;]*?\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bnew\s+URL\(\s*)(['"])([^'"\n]+)\1/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$|(?<=[\s;{}(),])\/\/ .*$/gm;

/** Everything that this source imports, by whatever way: `import`, `export … from`, `import()`, `require()`, a worker's URL. */
export function specifiersOf(source: string): string[] {
  return [...source.replaceAll(COMMENT, '').matchAll(SPECIFIER)].map(([, , specifier = '']) => specifier);
}

/** Why this import is not allowed, or null. */
export function complaintAbout(path: string, specifier: string): string | null {
  const rule = ruleFor(path);
  if (rule === null) return `${path} belongs to no part of the house`;
  if (specifier.startsWith('node:')) {
    const name = specifier.slice('node:'.length);
    return rule.node === 'all' || rule.node.includes(name) ? null : `${path} may not import ${specifier}`;
  }
  if (specifier.startsWith('.')) {
    const target = join(dirname(path), specifier);
    const isAllowed = target.startsWith(rule.part) || rule.inside.some((part) => target.startsWith(part));
    return isAllowed ? null : `${path} may not import ${target}`;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return rule.packages.includes(name) ? null : `${path} may not import ${name}`;
}

function ruleFor(path: string): Rule | null {
  const fitting = rules.filter(({ part }) => path.startsWith(part));
  return fitting.sort((a, b) => b.part.length - a.part.length)[0] ?? null;
}

/** The sources below these folders, by their path in the repository. */
export async function sourcesOf(root: URL, ...folders: string[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    const names = await readdir(new URL(`${folder}/`, root), { recursive: true });
    for (const name of names.filter((name) => name.endsWith('.ts')).sort()) {
      const path = `${folder}/${name}`;
      sources.set(path, await readFile(new URL(path, root), 'utf8'));
    }
  }
  return sources;
}
