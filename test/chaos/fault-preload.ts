import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { FAULT_CHANNEL, type Passage } from '../../src/fault-point.ts';
import { MAX_APPLY_TRIES } from '../../src/files/limits.ts';
import { FAULT_VARIABLE, type FaultAction, type FaultOrder } from './fault.ts';

/** Loaded before a node by `--import`, in each of its threads: waits for the passage that it was told, and does its worst. */
const { fault, refused, record, marker } = JSON.parse(process.env[FAULT_VARIABLE] ?? '') as FaultOrder;
let passages = 0;
let refusals = 0;

subscribe(FAULT_CHANNEL, (message) => {
  const passage = message as Passage;
  if (passage.point === refused?.point && isRefused(++refusals, refused.passage)) {
    passage.error = Object.assign(new Error('EBUSY: a refusal'), { code: 'EBUSY' });
  }
  const isDue = passage.point === fault?.point && ++passages === fault.passage;
  const isMeant = isDue && isFirst();
  appendFileSync(record, `${isMeant ? '!' : ''}${passage.point}\n`);
  if (isMeant && fault !== null) strike(fault.action, passage);
});

/** Each time that the one step is tried. */
const isRefused = (passage: number, first: number) => passage >= first && passage < first + MAX_APPLY_TRIES;

/** One fault a process: a thread that takes the place of a dead one counts anew. */
function isFirst(): boolean {
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
}

/** SIGKILL and SIGSTOP of oneself take effect before the call returns, for all threads. */
function strike(action: FaultAction, passage: Passage): void {
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
  else if (action === 'throw') passage.error = Object.assign(new Error('EIO: a fault'), { code: 'EIO' });
  else if (action === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  else process.exit(1);
}
