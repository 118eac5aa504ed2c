/** How long a failing input is made smaller. */
const SHRINK_MS = 5_000;

/** The smallest input found that still fails: without parts that do not matter, and with plain bytes where they do not. */
export async function shrink(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  const deadlineMs = Date.now() + SHRINK_MS;
  let smallest = input;
  for (let partBytes = Math.ceil(input.length / 2); partBytes >= 1; partBytes = Math.floor(partBytes / 2)) {
    for (let at = 0; at < smallest.length && Date.now() < deadlineMs; ) {
      const candidate = Uint8Array.from([...smallest.subarray(0, at), ...smallest.subarray(at + partBytes)]);
      if (await fails(candidate)) smallest = candidate;
      else at += partBytes;
    }
  }
  for (let at = 0; at < smallest.length && Date.now() < deadlineMs; at += 1) {
    const candidate = Uint8Array.from(smallest);
    candidate[at] = 0;
    if (smallest[at] !== 0 && (await fails(candidate))) smallest = candidate;
  }
  return smallest;
}
