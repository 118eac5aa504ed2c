import { readFileSync } from 'node:fs';

/** Clock ticks a second of the kernel's accounting; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** User and system time of all threads so far, in steps of 10 ms. */
  cpuSeconds: number;
  peakMemoryMiB: number;
}

/** CPU time so far and peak resident memory of a process, from /proc. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may contain anything: the numbers begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peakKb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMemoryMiB: Number(peakKb) / 1024 };
}
