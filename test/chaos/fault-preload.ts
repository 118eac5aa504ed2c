import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { FAULT_CHANNEL, type Passage } from '../../src/fault-point.ts';
import { MAX_APPLY_TRIES } from '../../src/files/limits.ts';
import { FAULT_VARIABLE, type FaultAction, type FaultFiles, type FaultOrder } from './fault.ts';

/** Loaded before a node by `--import`, in each of its threads: waits for the passage that it was told, and does its worst. */
const files = JSON.parse(process.env[FAULT_VARIABLE] ?? '') as FaultFiles;
let given = '';
let order: FaultOrder = { fault: null, refused: null, marker: '' };
let passages = 0;
let refusals = 0;

subscribe(FAULT_CHANNEL, (message) => {
  const passage = message as Passage;
  readOrder();
  const { fault, refused } = order;
  if (passage.point === refused?.point && isRefused(++refusals, refused.passage)) {
    passage.error = Object.assign(new Error('EBUSY: a refusal'), { code: 'EBUSY' });
  }
  const isDue = passage.point === fault?.point && ++passages === fault.passage;
  const isMeant = isDue && isFirst();
  appendFileSync(files.record, `${isMeant ? '!' : ''}${passage.point}\n`);
  if (isMeant && fault !== null) strike(fault.action, passage);
});

function readOrder(): void {
  const text = readFileSync(files.order, 'utf8');
  if (text === given) return;
  given = text;
  order = JSON.parse(text) as FaultOrder;
  passages = 0;
  refusals = 0;
}

/** Each time that the one step is tried. */
const isRefused = (passage: number, first: number) => passage >= first && passage < first + MAX_APPLY_TRIES;

/** One fault an order: a thread that takes the place of a dead one counts anew. */
function isFirst(): boolean {
  try {
    writeFileSync(order.marker, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** SIGKILL and SIGSTOP of oneself take effect before the call returns, for all threads. */
function strike(action: FaultAction, passage: Passage): void {
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
  else if (action === 'throw') passage.error = Object.assign(new Error('EIO: a fault'), { code: 'EIO' });
  else if (action === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  else process.exit(1);
}
