import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { waitFor } from '../harness/wait-for.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Looks that have to agree that nothing more comes of a collection. */
const SETTLED_BYTES = 65_536;
const SETTLED_LOOKS = 6;

/** Of the heap alone, or with what lies outside of it. */
type Part = 'heap' | 'all';

function look(part: Part): number {
  const { heapUsed, external } = process.memoryUsage();
  return part === 'heap' ? heapUsed : heapUsed + external;
}

const isSame = (left: number, right: number) => Math.abs(left - right) < SETTLED_BYTES;

/** Collects, and waits for what shows only some time later, as it is with buffers. */
async function collected(part: Part): Promise<number> {
  collect();
  let last = look(part);
  let agreed = 0;
  await waitFor('the memory to settle', () => {
    const next = look(part);
    agreed = isSame(next, last) ? agreed + 1 : 0;
    last = next;
    return agreed >= SETTLED_LOOKS;
  });
  return last;
}

/** What this process holds, after everything that nobody uses was collected: another collection finds nothing more. */
async function heldBytes(part: Part): Promise<number> {
  let last = await collected(part);
  await waitFor('collections to find nothing more', async () => {
    const next = await collected(part);
    const isSettled = isSame(next, last);
    last = next;
    return isSettled;
  });
  return last;
}

/** What is held because of the thing that is made, as long as somebody has it. */
export async function bytesOf<Thing>(make: () => Thing | Promise<Thing>): Promise<number> {
  return (await made(make, 'all')).bytes;
}

/** The same of the heap, and the thing. */
export async function heapBytesOf<Thing>(make: () => Thing | Promise<Thing>) {
  return await made(make, 'heap');
}

async function made<Thing>(make: () => Thing | Promise<Thing>, part: Part) {
  const idleBytes = await heldBytes(part);
  const thing = await make();
  const bytes = (await heldBytes(part)) - idleBytes;
  // Without a use behind the look it could be collected before it.
  return { thing, bytes };
}
