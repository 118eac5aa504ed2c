import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ownTurn } from '../../src/node/own-turn.ts';

it('those who come at once each get a turn of the event loop for themselves, in their order', async () => {
  let turn = 0;
  let isOver = false;
  const count = () => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const turns = await Promise.all(Array.from({ length: 5 }, () => ownTurn().then(() => turn)));
  isOver = true;
  assert.equal(new Set(turns).size, turns.length, `turns ${turns}`);
  assert.deepEqual(
    turns,
    turns.toSorted((one, other) => one - other),
  );
});
