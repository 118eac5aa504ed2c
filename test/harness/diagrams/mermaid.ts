import { ANY_STATE, type Arrow, type Chart, type ChartState, textOf } from './chart.ts';

/** The chart as a Mermaid `stateDiagram-v2`, which many readers of Markdown draw by themselves. */
export function toMermaid(chart: Chart): string {
  const lines = ['stateDiagram-v2'];
  if (chart.initial !== null) lines.push(`  [*] --> ${idOf(chart.initial)}`);
  for (const state of chart.states) lines.push(...stateLines(state, '  '));
  const isAnyNeeded = chart.anywhere.length > 0 || chart.arrows.some(({ from }) => from === ANY_STATE);
  if (isAnyNeeded) {
    lines.push(`  state "in every state" as ${idOf(ANY_STATE)}`);
    lines.push(...chart.anywhere.map((text) => `  ${idOf(ANY_STATE)} : ${safe(text)}`));
  }
  lines.push(...chart.arrows.map(arrowLine));
  return `${lines.join('\n')}\n`;
}

function stateLines(state: ChartState, indent: string): string[] {
  const { id, name, type, entry, exit, invoked, lines, initial, states } = state;
  const texts = [
    ...entry.map((text) => `entry / ${text}`),
    ...invoked.map((text) => `invoke ${text}`),
    ...lines,
    ...exit.map((text) => `exit / ${text}`),
  ];
  const described = texts.map((text) => `${indent}${idOf(id)} : ${safe(text)}`);
  if (states.length === 0) {
    const end = type === 'final' ? [`${indent}${idOf(id)} --> [*]`] : [];
    return [`${indent}state "${name}" as ${idOf(id)}`, ...described, ...end];
  }
  const inner = states.flatMap((child, index) => [
    ...(type === 'parallel' && index > 0 ? [`${indent}  --`] : []),
    ...stateLines(child, `${indent}  `),
  ]);
  const start = initial === null ? [] : [`${indent}  [*] --> ${idOf(initial)}`];
  // A box with states inside has no room for text in Mermaid: what it does itself stands in a note.
  const note = texts.length === 0 ? [] : noteLines(idOf(id), texts, indent);
  return [`${indent}state "${name}" as ${idOf(id)} {`, ...start, ...inner, `${indent}}`, ...note];
}

const noteLines = (id: string, texts: readonly string[], indent: string) => [
  `${indent}note right of ${id}`,
  ...texts.map((text) => `${indent}  ${safe(text)}`),
  `${indent}end note`,
];

const arrowLine = ({ from, to, label }: Arrow) => `  ${idOf(from)} --> ${idOf(to)} : ${safe(textOf(label))}`;
const idOf = (id: string) => id.replaceAll(/[^A-Za-z0-9]/g, '_');
/** Colons and semicolons mean something in Mermaid. */
const safe = (text: string) => text.replaceAll(':', ' ').replaceAll(';', ',');
