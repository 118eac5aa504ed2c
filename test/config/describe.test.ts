import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeConfiguration } from '../../src/config/describe.ts';

const text = describeConfiguration();
const rows = text.split('\n').filter((line) => line.startsWith('| `') && line.split(' | ').length === 5);

test('every setting is described, with its default', () => {
  for (const key of [
    'key',
    'nodes',
    'intervals.worker.agent_groups_mismatch_limit',
    'files.<directory>/.permissions',
    'distributed_api.enabled',
    'security.accepted_keys',
    'push.debounce',
  ]) {
    assert.ok(
      rows.some((row) => row.startsWith(`| \`${key}\` | `)),
      key,
    );
  }
  assert.ok(text.includes('| `intervals.worker.agent_groups_mismatch_limit` | `10` | comparisons |'));
});

test('numbers are described by what raising and lowering them does', () => {
  const numbers = rows.filter((row) =>
    /\| (seconds|bytes|threads|comparisons|connections|share) \|/.test(row),
  );
  assert.ok(numbers.length > 20);
  for (const row of numbers) {
    if (row.includes('existing installations have it')) continue;
    assert.match(row, /Raise it and .*\. Lower it and .*\./);
  }
});

test('the tables are sound Markdown: as many cells in every row', () => {
  for (const row of rows) assert.equal(row.replaceAll('\\|', '').split('|').length, 7, row);
});
