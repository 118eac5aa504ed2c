import { fileURLToPath } from 'node:url';
import { catalog } from '../../machines/catalog.ts';

/** What the page knows of a machine. */
export interface ChartEntry {
  /** Name of its picture. */
  readonly chart: string;
  readonly title: string;
  readonly section: string;
}

/** The chart of whatever the catalogue does not name: supervisors have the name that their node gives them. */
export const SUPERVISOR = 'supervisor';

/** The pictures of the documents: in a checkout, and beside what was built from it. */
export const CHART_FOLDER = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../docs/machines/' : '../../../docs/machines/',
    import.meta.url,
  ),
);

/** By the id that a machine has while it runs; `''` is for those that the catalogue does not name. */
export function chartEntries(): Readonly<Record<string, ChartEntry>> {
  const entries = catalog.map(({ id, title, section, machine }): [string, ChartEntry] => [
    id === SUPERVISOR ? '' : machine.id,
    { chart: id, title, section },
  ]);
  return Object.fromEntries(entries);
}
