import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalog } from '../../machines/catalog.ts';
import { type EffectEntry, effects } from '../../machines/effects.ts';
import { CHART_FOLDER } from './charts.ts';
import { nodesFrom, transitionsOf } from './transitions.ts';

/** A machine as a list shows it. */
export interface MachineSummary {
  readonly id: string;
  readonly title: string;
  readonly side: string;
  readonly section: string;
  /** States, those inside of others among them. */
  readonly states: number;
  /** Branches of all transitions. */
  readonly transitions: number;
}

/** The machines of the catalogue. */
export function machineSummaries(): MachineSummary[] {
  return catalog.map(({ id, title, side, section, machine }) => {
    const states = [...nodesFrom(machine.root)].length - 1;
    return { id, title, side, section, states, transitions: transitionsOf(machine).length };
  });
}

/** Its picture as SVG, or its text in Mermaid; null if there is no machine of that id. */
export function machineChart(id: string, form: 'svg' | 'mermaid'): string | null {
  if (!catalog.some((entry) => entry.id === id)) return null;
  return readFileSync(join(CHART_FOLDER, `${id}.${form === 'svg' ? 'svg' : 'mmd'}`), 'utf8').trimEnd();
}

/**
 * Its chart as the configuration that XState and Stately Studio read: actions, guards, delays and effects by their names.
 * What has no name, as the input of an effect, is left out. Null if there is no machine of that id.
 */
export function machineConfig(id: string): object | null {
  const { machine } = catalog.find((entry) => entry.id === id) ?? {};
  return machine === undefined ? null : JSON.parse(JSON.stringify(machine.config, withoutCode));
}

/** What machines start that is no machine, of all or of one; null if there is no machine of that id. */
export function machineEffects(id?: string): readonly EffectEntry[] | null {
  if (id === undefined) return effects;
  if (!catalog.some((entry) => entry.id === id)) return null;
  return effects.filter(({ machine }) => machine === id);
}

/** The charts of all machines as texts in JSON, by the ids that they have while they run. */
export function machineDefinitions(): Record<string, string> {
  return Object.fromEntries(
    catalog.map(({ id, machine }) => [machine.id, JSON.stringify(machineConfig(id))]),
  );
}

/** Functions that XState made of a name keep it; others are code, which no chart shows. */
function withoutCode(_key: string, value: unknown): unknown {
  if (typeof value !== 'function') return value;
  const { type } = value as { type?: unknown };
  return typeof type === 'string' ? { type } : undefined;
}
