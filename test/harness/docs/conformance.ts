import type { Spoken } from '../../../machines/conformance/terms.ts';
import { chaptersOf } from '../../../src/conform/plan.ts';

/** Every path of conformance, a line each, by machine and dialect; those that want `--active` are marked. */
export function describeConformancePaths(): string {
  return (['muster', 'wazuh4'] as const).map(ofDialect).join('\n\n');
}

function ofDialect(dialect: Spoken): string {
  const always = new Set(linesOf(dialect, false));
  const lines = linesOf(dialect, true).map((line) => (always.has(line) ? line : `${line} (active)`));
  const summary = `${lines.length} paths of ${dialect}`;
  return `<details>\n<summary>${summary}</summary>\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n\n</details>`;
}

const linesOf = (dialect: Spoken, isActive: boolean): string[] =>
  chaptersOf({ dialect, isActive }).flatMap(({ id, paths }) =>
    paths.map((path) => `${id}: ${path.map(({ on }) => on).join(', ')}`),
  );
