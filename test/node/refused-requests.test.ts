import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedRequests } from '../../src/node/effects/refused-requests.ts';
import { MAX_REJECTION_LINES, REJECTION_PERIOD_MS } from '../../src/node/effects/rejection-log.ts';
import type { NodeServices } from '../../src/node/services.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { ManualClock } from '../harness/manual-clock.ts';

test('what no node asks that does what it should is told with its code, and nobody fills the log by it', () => {
  const lines: string[] = [];
  const clock = new ManualClock();
  const services = {
    clock,
    channels: { find: () => ({ peer: { address: '127.0.0.1:9' } }) },
  } as unknown as NodeServices;
  const log = { warning: (line: string) => lines.push(line) };
  const refused = refusedRequests(services, { log, nameOf: () => 'worker1' });
  refused(1, 'syn_i_w_m_p', new MusterError(3117));
  assert.deepEqual(lines, [], 'an answer that honest nodes get too');
  refused(1, 'new_file', new MusterError(3114, '"/etc/client.keys"'));
  assert.match(lines[0] ?? '', /^Refused new_file of worker1 at 127\.0\.0\.1:9: Error 3114 - .*client\.keys/);
  refused(1, 'a\nb', new MusterError(3109, 'a'));
  assert.match(lines[1] ?? '', /^Refused "a\\nb" of worker1/, 'one line, whatever the command');
  for (let i = 0; i < 100; i += 1) refused(1, 'new_file', new MusterError(3114, `${i}`));
  assert.equal(lines.length, MAX_REJECTION_LINES + 1, 'so many of a kind, and one of another');
  clock.increment(REJECTION_PERIOD_MS);
  assert.match(lines.at(-1) ?? '', /^Rejected \d+ more requests since /);
});
