import { type CatalogEntry, catalog } from '../../../machines/catalog.ts';
import { effects } from '../../../machines/effects.ts';
import { chartOf } from '../diagrams/chart.ts';
import { toMermaid } from '../diagrams/mermaid.ts';
import { toSvg } from '../diagrams/svg.ts';
import { actorsPicture } from './actors.ts';

export const PICTURES = 'docs/machines';

const sides: Readonly<Record<CatalogEntry['side'], string>> = {
  master: 'master',
  worker: 'worker',
  both: 'master and worker',
  local: 'master and worker, local socket',
  peer: '`muster conform`, in no node',
};

/** Every file below `docs/machines`, by its path: the picture of each machine, and their index. */
export async function pictureFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { id, machine } of catalog) {
    const chart = chartOf(machine);
    files.set(`${PICTURES}/${id}.svg`, await toSvg(chart));
    files.set(`${PICTURES}/${id}.mmd`, toMermaid(chart));
  }
  files.set(`${PICTURES}/actors.svg`, await actorsPicture());
  files.set(`${PICTURES}/README.md`, indexPage());
  return files;
}

function indexPage(): string {
  const rows = catalog.map(
    ({ id, title, side, section }) => `| [${id}](#${id}) | ${title} | ${sides[side]} | ${section} |`,
  );
  const pages = catalog.map(
    ({ id, title, side, section, machine }) =>
      `## ${id}\n\n${title}. In code: \`${machine.id}\`. Runs on: ${sides[side]}. Specification: ${section}.\n\n` +
      `![${title}](${id}.svg)\n\n[As Mermaid](${id}.mmd)\n${effectsOf(id)}`,
  );
  return `${[INTRODUCTION, ...rows].join('\n')}\n\n${pages.join('\n')}`;
}

/** What a machine starts that is no machine; empty if there is nothing. */
function effectsOf(machine: string): string {
  const rows = effects
    .filter((effect) => effect.machine === machine)
    .map(
      ({ name, kind, states, does }) =>
        `| \`${name}\` | ${kind} | ${states.map(codeOf).join(', ')} | ${does} |`,
    );
  if (rows.length === 0) return '';
  return `\n${['| effect | kind | started in | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}

const codeOf = (text: string) => `\`${text}\``;

const INTRODUCTION = `# The machines

Every connection and every process of a node is one of these state machines. The pictures are drawn from the machines that run: \`npm run docs\` draws them anew, and \`npm run check\` fails when one is out of date. How they work together is told in [architecture.md](../architecture.md).

How to read them:

- An arrow reads \`event [condition] / actions\`. Several events that do the same share one label.
- Text inside a state is what it does without leaving: the actors that it starts (\`invoke\`), the actions of its entry, and the events that it takes. \`↻\` means that the state begins anew, and its deadlines with it.
- \`x done\` and \`x failed\` are the ends of the actor \`x\`; \`after x\` is the deadline \`x\`, whose length the configuration gives.
- \`rx.name\` is the command \`name\` of the peer; [protocol.md](../protocol.md) has them all.
- A dot shows where a machine begins, and where a state begins that holds others; where all arrows lead straight to states within it there is none.
- An arrow that begins or ends at nothing within a state begins at that state, or leads to it: it is taken in whichever of the states within.
- The brown box holds in every state. Grey boxes are ends.
- Under a picture stand the effects of the machine: the actors that it starts and that are no machines. A \`promise\` ends once, with a result or an error; a \`callback\` lives as long as its state, and sends events. They are provided by \`src/node\`.

| Machine | What it is | Runs on | Specification |
| --- | --- | --- | --- |`;
