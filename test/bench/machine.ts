import { cpus } from 'node:os';

/** What the figures were measured on, in a few words. */
export function describeMachine(): string {
  const all = cpus();
  const model = all[0]?.model.trim();
  return `Node ${process.versions.node}, ${all.length} cores${model === undefined ? '' : ` (${model})`}`;
}
