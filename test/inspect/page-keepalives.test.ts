import assert from 'node:assert/strict';
import { test } from 'node:test';

/** A source of the page, which has no types. */
const { Keepalives, MAX_ASKED } = (await import(
  new URL('../../src/inspect/page/keepalives.js', import.meta.url).href
)) as { Keepalives: new () => { has(model: object, record: object): boolean }; MAX_ASKED: number };

const frame = (command: string, direction: string, counter: number) => ({
  kind: 'frame',
  connection: 1,
  command,
  direction,
  counter,
});

test('of keepalives whose answers a page is never told it remembers the last ones, and no more', () => {
  const keepalives = new Keepalives();
  const has = (record: object) => keepalives.has({ actors: new Map() }, record);
  for (let counter = 0; counter <= MAX_ASKED; counter += 1)
    assert.equal(has(frame('echo-c', 'in', counter)), true);
  assert.equal(has(frame('ok', 'out', 0)), false);
  assert.equal(has(frame('ok', 'out', 1)), true);
  assert.equal(has(frame('ok', 'out', MAX_ASKED)), true);
});
