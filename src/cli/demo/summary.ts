import type { OnceReport } from './once.ts';
import type { StepKind, StepReport } from './steps.ts';

const MAX_DIFFERENCES_SHOWN = 10;
/** Below the titles. */
const INDENT = ' '.repeat(17);

/** One line, as a step ends. The time is that until the last worker had it. */
export function describeStep(step: StepReport): string {
  const line = `${seconds(step.durationMs).padStart(9)}  ${step.title}`;
  return step.failure === null ? `ok    ${line}` : `FAILED${line}\n${step.failure.replace(/^/gm, INDENT)}`;
}

/** How long it took until all workers had it, and whether all sets are equal. */
export function describeReport(report: OnceReport): string {
  const lines = [
    `First sync of ${report.workers} workers: ${times(report, 'first sync')}.`,
    `Changes on the master, until the last worker had them: ${times(report, 'change')}.`,
    `Agents registered, reporting and put into groups, until all nodes agreed: ${times(report, 'agents')}.`,
    `Strayed and killed nodes, until all were equal again: ${times(report, 'heal')}.`,
    '',
  ];
  for (const [worker, differences] of Object.entries(report.differences)) {
    const places = `${worker} differs from the master in ${differences.length} places:`;
    lines.push(...described(places, differences));
  }
  const count = report.agentDifferences.length;
  lines.push(...described(`Nodes differ in ${count} things about agents:`, report.agentDifferences));
  for (const [node, problems] of Object.entries(report.logs)) {
    if (problems.length > 0) lines.push(`Log of ${node}:`, ...problems.map((line) => `  ${line}`));
  }
  return [...lines, verdict(report)].join('\n');
}

function described(title: string, differences: readonly string[]): string[] {
  if (differences.length === 0) return [];
  const shown = differences.slice(0, MAX_DIFFERENCES_SHOWN).map((difference) => `  ${difference}`);
  return differences.length > MAX_DIFFERENCES_SHOWN ? [title, ...shown, '  …'] : [title, ...shown];
}

function times({ steps }: OnceReport, kind: StepKind): string {
  const done = steps.filter((step) => step.kind === kind && step.failure === null);
  const sorted = done.map((step) => step.durationMs).sort((a, b) => a - b);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return 'none succeeded';
  if (sorted.length === 1) return seconds(first);
  const median = sorted[Math.floor(sorted.length / 2)] ?? last;
  return `${seconds(first)} to ${seconds(last)}, median ${seconds(median)}, of ${sorted.length}`;
}

function verdict(report: OnceReport): string {
  const size = `${report.files} files, ${(report.bytes / 1024 / 1024).toFixed(2)} MiB`;
  if (report.equal) {
    return [
      `All sets are equal: ${report.workers} workers have the master's ${size}, byte for byte, with the configured modes.`,
      `All nodes agree on ${report.agents} agents: the master has every row as it was reported, every worker the master's groups.`,
    ].join('\n');
  }
  const failed = report.steps.filter((step) => step.failure !== null).length;
  const unequal = Object.values(report.differences).filter((found) => found.length > 0).length;
  return `Not as it should be: ${failed} of ${report.steps.length} steps failed, ${unequal} of ${report.workers} workers differ from the master (${size}), and nodes differ in ${report.agentDifferences.length} things about agents.`;
}

const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(3)}s`;
