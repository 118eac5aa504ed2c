import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { waitFor } from '../harness/wait-for.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Looks that have to agree that nothing is left to be collected. */
const SETTLED_BYTES = 65_536;
const SETTLED_LOOKS = 12;

function look(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What this process holds, after everything that nobody uses was collected: of buffers that shows some time later. */
async function heldBytes(): Promise<number> {
  let last = look();
  let agreed = 0;
  await waitFor('the memory to settle', () => {
    const next = look();
    agreed = Math.abs(next - last) < SETTLED_BYTES ? agreed + 1 : 0;
    last = next;
    return agreed >= SETTLED_LOOKS;
  });
  return last;
}

/** What is held because of the thing that is made, as long as somebody has it. */
export async function bytesOf<Thing>(make: () => Thing | Promise<Thing>): Promise<number> {
  const idleBytes = await heldBytes();
  const thing = await make();
  const bytes = (await heldBytes()) - idleBytes;
  // Without a use behind the look it could be collected before it.
  return thing === undefined ? 0 : bytes;
}
