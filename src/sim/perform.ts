import { below, randomFrom } from '../simulate/random.ts';
import { type Act, describe } from './acts.ts';
import type { Cluster } from './cluster.ts';
import { USUAL } from './network.ts';
import type { SimulatedNode } from './node.ts';

/** After so long at the latest an operating system has written what it was given. */
const MAX_UNWRITTEN_MS = 30_000;

/** Plans one act. A loss of power takes commits that were not synced, of the last moments before it. */
export function plan(cluster: Cluster, act: Act, atMs: number): void {
  const { world, stores } = cluster;
  world.after(atMs, () => perform(cluster, act), null);
  if (act.kind !== 'power') return;
  const backMs = below(world.random(`store of ${act.node} at ${act.atMs}`), MAX_UNWRITTEN_MS);
  world.after(Math.max(0, atMs - backMs), () => stores.keepWritten(act, cluster.node(act.node)), null);
}

/** Does one act to a cluster. What it finds otherwise than it needs it, such as a node that is down, it leaves alone. */
export function perform(cluster: Cluster, act: Act): void {
  const { world, network } = cluster;
  world.note(`! ${describe(act)}`);
  switch (act.kind) {
    case 'write':
      for (const [index, path] of act.paths.entries())
        cluster.edit(cluster.master, path, contentOf(act.sizeBytes, act.salt + index));
      return;
    case 'remove':
      cluster.edit(cluster.master, act.path, null);
      return;
    case 'tamper':
      cluster.edit(cluster.node(act.node), act.path, act.salt % 3 === 0 ? null : contentOf(50, act.salt));
      return;
    case 'report':
      cluster.stores.report(cluster.node(act.node), act.agent, act.salt);
      return;
    case 'regroup':
      cluster.stores.regroup(cluster.master, act.agent, act.groups);
      return;
    case 'ask':
      cluster.promises.ask(cluster.node(act.node));
      return;
    case 'cut':
      network.cut(act.node);
      return;
    case 'silence':
      network.freeze(act.node);
      return;
    case 'cut-at':
      network.way(act.node).nextCut = { direction: act.direction, bytes: act.bytes };
      network.cut(act.node);
      return;
    case 'slow':
      slow(cluster, act);
      return;
    case 'refuse':
      network.way(act.node).refusedUntilMs = world.nowMs + act.forMs;
      network.cut(act.node);
      return;
    case 'hang':
      network.way(act.node).hangsUntilMs = world.nowMs + act.forMs;
      network.cut(act.node);
      return;
    default:
      performOnNode(cluster, cluster.node(act.node), act);
  }
}

type NodeAct = Extract<
  Act,
  { kind: 'freeze' | 'kill' | 'power' | 'die-at-step' | 'full-disk' | 'bad-rename' | 'clock' }
>;

function performOnNode({ world, stores, workers }: Cluster, node: SimulatedNode, act: NodeAct): void {
  switch (act.kind) {
    case 'freeze':
      // What has been put off until the end of an earlier freeze that lasts longer is not overtaken.
      node.life.frozenUntilMs = Math.max(node.life.frozenUntilMs, world.nowMs + act.forMs);
      return;
    case 'kill':
      if (!node.life.isAlive) return;
      node.die('killed');
      node.restartLater(act.offMs);
      return;
    case 'power':
      if (node.life.isAlive) {
        node.die('power');
        node.restartLater(act.offMs);
      } else node.losePower();
      stores.losePower(act, node);
      return;
    case 'die-at-step':
      node.life.diskStepsLeft = act.steps;
      return;
    case 'full-disk':
      node.disk.fill(act.freeBytes, world.nowMs + act.forMs);
      world.after(act.forMs, () => node.disk.empty(world.nowMs), null);
      return;
    case 'bad-rename':
      node.disk.failingRenames = { left: act.count, code: act.code };
      return;
    case 'clock':
      stores.clockJumps(node, act.byMs, workers);
      node.clockAheadMs += act.byMs;
      node.life.clockAheadMs = node.clockAheadMs;
      return;
  }
}

function slow({ world, network }: Cluster, act: Extract<Act, { kind: 'slow' }>): void {
  const way = network.way(act.node);
  network.slow(act.node, act.delayMs, act.firstChunkBytes);
  world.after(
    act.forMs,
    () => {
      if (way.delayMs === act.delayMs) network.slow(act.node, USUAL.delayMs, USUAL.firstChunkBytes);
    },
    null,
  );
}

/** So much of a file follows from its salt alone; what comes after that is the same noise for all, since drawing it takes long. */
const SALTED_BYTES = 4_096;
/** Each has six bits of the 32 that a number has. */
const CHARACTERS_A_DRAW = 5;

let noise: Buffer = Buffer.alloc(0);

/** What does not compress well, the same for the same salt. */
function contentOf(sizeBytes: number, salt: number): Buffer {
  if (sizeBytes <= SALTED_BYTES) return drawn(sizeBytes, salt);
  if (noise.length < sizeBytes) noise = drawn(sizeBytes, 0);
  const content = Buffer.from(noise.subarray(0, sizeBytes));
  content.set(drawn(SALTED_BYTES, salt));
  return content;
}

function drawn(sizeBytes: number, salt: number): Buffer {
  const random = randomFrom(salt);
  const content = Buffer.allocUnsafe(sizeBytes);
  let bits = 0;
  for (let at = 0; at < sizeBytes; at += 1) {
    bits = at % CHARACTERS_A_DRAW === 0 ? random() * 2 ** (6 * CHARACTERS_A_DRAW) : bits >>> 6;
    content[at] = 32 + (bits & 63);
  }
  return content;
}
