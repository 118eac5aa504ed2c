import type { Timeline } from './timeline.ts';

/** Where actors of the same name and place in the order went another way, or were in one of the two only. */
export function differences(one: readonly Timeline[], other: readonly Timeline[]): string[] {
  const [left, right] = [keyed(one), keyed(other)];
  const found: string[] = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(key), right.get(key)];
    if (a === undefined || b === undefined)
      found.push(`${key}: only in the ${a === undefined ? 'second' : 'first'}`);
    else found.push(...parting(key, a, b));
  }
  return found;
}

/** Children often use a name again: the second one of a name is its second. */
function keyed(lines: readonly Timeline[]): Map<string, Timeline> {
  const counts = new Map<string, number>();
  return new Map(
    lines.map((line) => {
      const count = (counts.get(line.name) ?? 0) + 1;
      counts.set(line.name, count);
      return [count === 1 ? line.name : `${line.name} (${count})`, line];
    }),
  );
}

function parting(key: string, a: Timeline, b: Timeline): string[] {
  const [left, right] = [a, b].map(({ states }) => states.map(({ text }) => text)) as [string[], string[]];
  const at = left.findIndex((text, index) => text !== right[index]);
  if (at < 0 && left.length === right.length) return [];
  const place = at < 0 ? left.length : at;
  const before = left[place - 1] ?? 'the start';
  return [
    `${key}: after ${before} ${left[place] ?? 'nothing more'} in the first, ${right[place] ?? 'nothing more'} in the second`,
  ];
}
