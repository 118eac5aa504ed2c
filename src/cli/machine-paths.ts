import { UsageError } from './exit-code.ts';
import { print, printJson } from './output.ts';

export const noSuchMachine = (id: string) =>
  new UsageError(`there is no machine ${id}: see \`muster machines\``);

/** `muster machines ID --paths`. */
export async function showPaths(id: string, json?: true): Promise<void> {
  const { pathsOf } = await import('../inspect/chart-paths.ts');
  const { transitionText } = await import('../inspect/transitions.ts');
  const paths = pathsOf(id);
  if (paths === null) throw noSuchMachine(id);
  if (json) return printJson(paths);
  for (const [index, path] of paths.entries()) {
    print(`path ${index + 1} of ${paths.length}`);
    for (const transition of path) print(`  ${transitionText(transition)}`);
  }
}
