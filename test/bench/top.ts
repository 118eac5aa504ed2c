/**
 * `node test/bench/top.ts FILE.cpuprofile …`: where the time of a profile went, as text. A function's own time, and the
 * time of it with all that it called.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import Table from 'cli-table3';

const SHOWN = 25;
/** Waiting, and the profiler itself. */
const IDLE = new Set(['(idle)', '(program)', '(root)', 'post node:inspector:115']);
const US_PER_MS = 1000;

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}
interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}
interface Times {
  ownUs: number;
  wholeUs: number;
}

function top(path: string): void {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile;
  const own = ownTimes(profile);
  const byName = new Map<string, Times>();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const visit = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const name = nameOf(node);
    const ownUs = own.get(node.id) ?? 0;
    const inside = new Set([...above, name]);
    let wholeUs = ownUs;
    for (const id of node.children ?? []) wholeUs += visit(byId.get(id) as ProfileNode, inside);
    const times = byName.get(name) ?? { ownUs: 0, wholeUs: 0 };
    times.ownUs += ownUs;
    // What a function that calls itself took is counted once.
    if (!above.has(name)) times.wholeUs += wholeUs;
    byName.set(name, times);
    return wholeUs;
  };
  const [root] = profile.nodes;
  if (root !== undefined) visit(root, new Set());
  print(path, byName);
}

function ownTimes({ samples, timeDeltas }: Profile): Map<number, number> {
  const own = new Map<number, number>();
  for (const [i, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[i] ?? 0));
  return own;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place = url === '' ? '' : ` ${basename(url)}:${lineNumber + 1}`;
  return `${functionName || '(anonymous)'}${place}`;
}

function print(path: string, byName: ReadonlyMap<string, Times>): void {
  const busy = [...byName].filter(([name]) => !IDLE.has(name));
  const busyUs = busy.reduce((sum, [, { ownUs }]) => sum + ownUs, 0);
  const ms = (us: number) => (us / US_PER_MS).toFixed(1);
  const table = new Table({
    head: [basename(path), 'own ms', 'whole ms'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right'],
  });
  busy.sort(([, a], [, b]) => b.ownUs - a.ownUs);
  for (const [name, { ownUs, wholeUs }] of busy.slice(0, SHOWN)) table.push([name, ms(ownUs), ms(wholeUs)]);
  table.push(['all that was not idle', ms(busyUs), '']);
  console.log(table.toString());
}

for (const path of process.argv.slice(2)) top(path);
