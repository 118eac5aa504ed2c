import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { FAULT_POINTS } from '../../src/fault-point.ts';
import { sourcesOf } from '../house/imports.ts';

const root = new URL('../../', import.meta.url);

describe('the fault points', () => {
  it('stand in the sources, each where its step is, so that a change of the sources does not lose one', async () => {
    const sources = await sourcesOf(root, 'src');
    sources.delete('src/fault-point.ts');
    const text = [...sources.values()].join('\n');
    const lost = Object.keys(FAULT_POINTS).filter((point) => !text.includes(`'${point}'`));
    assert.deepEqual(lost, []);
  });

  it('are listed in docs/testing.md, with what has just happened there', async () => {
    const text = await readFile(new URL('docs/testing.md', root), 'utf8');
    const missing = Object.entries(FAULT_POINTS).filter(
      ([point, meaning]) => !text.includes(`| \`${point}\` | ${meaning} |`),
    );
    assert.deepEqual(missing, []);
  });
});
