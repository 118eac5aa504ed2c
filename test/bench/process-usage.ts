import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second of the kernel's accounting; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** User and system time of all threads so far, in steps of 10 ms. */
  cpuSeconds: number;
  peakMemoryMiB: number;
}

/** CPU time so far and peak resident memory of a process, from /proc. */
export function usageOf(pid: number): Usage {
  const fields = statOf(pid);
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peakKb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMemoryMiB: Number(peakKb) / 1024 };
}

/** The processes of a group: their CPU time together, and the peak of the largest. */
export function usageOfGroup(group: number): Usage {
  const usages = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isOfGroup(pid, group))
    .map(usageOf);
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakMemoryMiB: Math.max(0, ...usages.map(({ peakMemoryMiB }) => peakMemoryMiB)),
  };
}

function isOfGroup(pid: number, group: number): boolean {
  try {
    return Number(statOf(pid)[2]) === group;
  } catch {
    return false; // it has ended
  }
}

/** The fields from the state on, the third. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may contain anything: the numbers begin after the last one.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
