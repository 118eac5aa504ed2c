import { Network } from './network.ts';
import { SimulatedNode } from './node.ts';
import { BEGIN_MS, enter, World } from './world.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly workers: number;
}

export async function simulate({ seed, workers }: SimulateOptions) {
  const world = new World(seed);
  enter(world);
  const network = new Network(world);
  const master = new SimulatedNode(world, network, 'master', 'master');
  const nodes = Array.from(
    { length: workers },
    (_, i) => new SimulatedNode(world, network, 'worker', `worker${i + 1}`),
  );
  master.write('etc/rules/a.xml', '<a/>');
  master.write('etc/rules/b.xml', '<b/>');
  for (const node of [master, ...nodes]) node.start();
  await world.run(BEGIN_MS + 60_000);
  return { digest: world.digest, events: world.events, lines: world.lines };
}
