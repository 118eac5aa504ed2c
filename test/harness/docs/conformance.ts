import type { Spoken } from '../../../machines/conformance/terms.ts';
import { originalWords } from '../../../src/conform/original-words.ts';
import { chaptersOf, type Scope } from '../../../src/conform/plan.ts';

const ROLES = ['master', 'worker'] as const;
type Role = (typeof ROLES)[number];

/** Every path of conformance, a line each, by role, dialect and machine; those that want an option are marked. */
export function describeConformancePaths(): string {
  return ROLES.flatMap((role) =>
    (['muster', 'wazuh4'] as const).map((dialect) => pathsOf(role, dialect)),
  ).join('\n\n');
}

/** What an original says where it has no code, by the names that steps have for it. */
export function describeOriginalWords(): string {
  const rows = Object.entries(originalWords).map(
    ([name, words]) => `| \`${name}\` | \`${words({ workerName: '<worker>' })}\` |`,
  );
  return ['| step | words |', '| --- | --- |', ...rows].join('\n');
}

function pathsOf(role: Role, dialect: Spoken): string {
  const lines = linesOf(role, { dialect, isActive: true, isPatient: true });
  const passive = new Set(linesOf(role, { dialect, isActive: false, isPatient: true }));
  const prompt = new Set(linesOf(role, { dialect, isActive: true, isPatient: false }));
  const marked = lines.map((line) => {
    const wants = [passive.has(line) ? [] : ['active'], prompt.has(line) ? [] : ['patient']].flat();
    return wants.length === 0 ? line : `${line} (${wants.join(', ')})`;
  });
  const patient = lines.length - prompt.size;
  const summary = `${prompt.size} paths of a ${role}, ${dialect}, and ${patient} with --patient`;
  return `<details>\n<summary>${summary}</summary>\n\n\`\`\`\n${marked.join('\n')}\n\`\`\`\n\n</details>`;
}

const linesOf = (role: Role, scope: Scope): string[] =>
  chaptersOf(scope, role).flatMap(({ id, paths }) =>
    paths.map((path) => `${id}: ${path.map(({ on }) => on).join(', ')}`),
  );
