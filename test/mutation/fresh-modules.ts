import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url).href;
const packages = new URL('node_modules/', root).href;
const machines = new URL('machines/', root).href;
const mutatedXstate = new URL('./xstate-with-mutant.ts', import.meta.url).href;
const declaredTests = new URL('./declared-tests.ts', import.meta.url).href;

const sources = new Map<string, string>();
let trial = 0;

/** From here on every module of the project is made anew where it is imported; packages stay. */
export function beginTrial(): number {
  trial += 1;
  return trial;
}

registerHooks({
  resolve: (specifier, context, next) => {
    const parent = context.parentURL ?? '';
    if (specifier === 'node:test' && parent.startsWith(root))
      return { url: declaredTests, shortCircuit: true, format: 'module-typescript' };
    if (specifier === 'xstate' && parent.startsWith(machines)) return fresh(mutatedXstate);
    const found = next(specifier, context);
    const isOurs = found.url.startsWith(root) && !found.url.startsWith(packages);
    return isOurs && found.url !== declaredTests && trial > 0 ? { ...found, ...fresh(found.url) } : found;
  },
  load: (url, context, next) =>
    url.includes('?trial=') && /\.ts\?/.test(url)
      ? { format: 'module', source: sourceOf(url), shortCircuit: true }
      : next(url, context),
});

function fresh(url: string) {
  return { url: `${url.replace(/\?.*/, '')}?trial=${trial}`, shortCircuit: true };
}

function sourceOf(url: string): string {
  const path = fileURLToPath(url);
  const known = sources.get(path);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  sources.set(path, source);
  return source;
}
