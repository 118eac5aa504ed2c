import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { differences, play, titleOf } from './script.ts';
import { Player } from './verbs.ts';

const directory = join(import.meta.dirname, 'scripts');
/** `GOLDEN=write` takes what follows now for what is right: look at the difference before it is committed. */
const isWriting = process.env.GOLDEN === 'write';

describe('what nodes say and do is what the scripts say', () => {
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    const script = readFileSync(path, 'utf8');
    it(`${name}: ${titleOf(script)}`, async () => {
      const player = new Player();
      try {
        const now = await play(script, (command) => player.run(command));
        if (isWriting) writeFileSync(path, now);
        else assert.ok(now === script, `${path}\n${differences(script, now)}`);
      } finally {
        await player.close();
      }
    });
  }
});
