import type { HomeFacts } from '../../simulate/homes.ts';
import { DEEDS } from '../../simulate/plan.ts';
import type { SimulationReport } from '../../simulate/report.ts';
import { Simulation, type SimulationOptions } from '../../simulate/simulation.ts';
import { table } from '../output.ts';

export interface Playing {
  readonly signal: AbortSignal;
  readonly seconds?: number;
  /** Takes lines for people. */
  readonly say: (line: string) => void;
}

/** Plays agents, says what happens, and tells what was done, also when it is interrupted. */
export async function playAgents(
  homes: readonly HomeFacts[],
  options: SimulationOptions,
  { signal, say, ...length }: Playing,
): Promise<SimulationReport> {
  say(`Seed ${options.seed}.`);
  const simulation = await Simulation.open(homes, options, ({ nodeName, error }) =>
    say(`${nodeName}: ${error.toLog()}`),
  );
  try {
    await simulation.register(signal);
    say(describeRegistered(simulation.report));
    const onConnected = () => say(`All have connected. Now ${options.rate} acts a second; Ctrl-C ends them.`);
    await simulation.play({ signal, onConnected, ...length });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await simulation.close();
  }
  const { report } = simulation;
  say(`\n${describeSimulation(report)}`);
  return report;
}

function describeRegistered({ agents, registered, registerMs, nodes }: SimulationReport): string {
  const where = nodes.map(({ name }) => name).join(', ');
  return `${agents} agents, ${registered} of them new, are known to ${where} after ${seconds(registerMs)}.`;
}

const HEAD = ['NODE', 'ROLE', 'CONNECTED', ...DEEDS.map((deed) => deed.toUpperCase()), 'ERRORS'];

/** For people. */
export function describeSimulation(report: SimulationReport): string {
  const rows = report.nodes.map(({ name, role, connected, done, errors }) => [
    name,
    role,
    String(connected),
    ...DEEDS.map((deed) => String(done[deed])),
    Object.entries(errors)
      .map(([code, count]) => `${count} × ${code}`)
      .join(', ') || '0',
  ]);
  const { agents, registered, connectMs, playMs, acts, lostMs, seed } = report;
  const rate = playMs === 0 ? 0 : Math.round((acts * 1000) / playMs);
  const held = lostMs === 0 ? '' : ` Stores held it up for ${seconds(lostMs)}.`;
  return [
    table(HEAD, rows),
    '',
    `${agents} agents (${registered} new) connected in ${seconds(connectMs)}, then did ${rate} acts a second for ${seconds(playMs)}.${held} Seed ${seed}.`,
  ].join('\n');
}

const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)}s`;
