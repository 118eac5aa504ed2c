import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { waitFor } from '../harness/wait-for.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Looks that have to agree that nothing is left to be collected. */
const SETTLED_BYTES = 65_536;
const SETTLED_LOOKS = 12;

/** Of the heap alone, or with what lies outside of it. */
type Part = 'heap' | 'all';

function look(part: Part): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return part === 'heap' ? heapUsed : heapUsed + external;
}

/** What this process holds, after everything that nobody uses was collected: of buffers that shows some time later. */
async function heldBytes(part: Part): Promise<number> {
  let last = look(part);
  let agreed = 0;
  await waitFor('the memory to settle', () => {
    const next = look(part);
    agreed = Math.abs(next - last) < SETTLED_BYTES ? agreed + 1 : 0;
    last = next;
    return agreed >= SETTLED_LOOKS;
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
