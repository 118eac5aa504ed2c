import type { BenchNode } from './bench-node.ts';
import type { RunContext } from './scenario.ts';

/** Begins CPU profiles of the nodes, if they are wanted. */
export async function startProfiles(context: RunContext, nodes: readonly BenchNode[]): Promise<void> {
  if (context.profilePrefix === null) return;
  await Promise.all(nodes.map((node) => node.ask({ ask: 'profile-start' })));
}

/** Ends them and has them written. */
export async function stopProfiles(context: RunContext, nodes: readonly BenchNode[]): Promise<void> {
  if (context.profilePrefix === null) return;
  await Promise.all(nodes.map((node) => node.ask({ ask: 'profile-stop' })));
}
