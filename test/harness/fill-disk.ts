import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';

const PAGE_BYTES = 4_096;

/** Takes what room there is, or so much of it, so that not even a line can be written. */
export function fillDisk(path: string, maxBytes = Number.POSITIVE_INFINITY): void {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  try {
    for (let size = 0; size < maxBytes; size += page.length) if (writeSync(file, page) < page.length) break;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
}
