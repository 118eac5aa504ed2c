import type { Spoken } from '../../../machines/conformance/terms.ts';
import { chaptersOf } from '../../../src/conform/plan.ts';

const ROLES = ['master', 'worker'] as const;
type Role = (typeof ROLES)[number];

/** Every path of conformance, a line each, by role, dialect and machine; those that want `--active` are marked. */
export function describeConformancePaths(): string {
  return ROLES.flatMap((role) =>
    (['muster', 'wazuh4'] as const).map((dialect) => pathsOf(role, dialect)),
  ).join('\n\n');
}

function pathsOf(role: Role, dialect: Spoken): string {
  const always = new Set(linesOf(role, dialect, false));
  const lines = linesOf(role, dialect, true).map((line) => (always.has(line) ? line : `${line} (active)`));
  const summary = `${lines.length} paths of a ${role}, ${dialect}`;
  return `<details>\n<summary>${summary}</summary>\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n\n</details>`;
}

const linesOf = (role: Role, dialect: Spoken, isActive: boolean): string[] =>
  chaptersOf({ dialect, isActive }, role).flatMap(({ id, paths }) =>
    paths.map((path) => `${id}: ${path.map(({ on }) => on).join(', ')}`),
  );
