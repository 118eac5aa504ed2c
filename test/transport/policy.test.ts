import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSecurity, isLoopback } from '../../src/transport/policy.ts';

test('only addresses that never leave the machine are loopback', () => {
  for (const host of [
    '127.0.0.1',
    '127.8.9.10',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'localhost',
    'LocalHost',
  ])
    assert.equal(isLoopback(host), true, host);
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '::ffff:10.0.0.1',
    '127.0.0.1.example',
    'master',
    '',
  ])
    assert.equal(isLoopback(host), false, host);
});

test('without security only loopback is allowed, unless the owner says otherwise', () => {
  const secure = { isSecure: true, insecure: false };
  const open = { isSecure: false, insecure: false };
  assert.throws(() => checkSecurity({ host: '0.0.0.0', ...open }), { code: 3118 });
  assert.throws(() => checkSecurity({ host: 'master.example', ...open }), { code: 3118 });
  checkSecurity({ host: '127.0.0.1', ...open });
  checkSecurity({ host: '0.0.0.0', ...secure });
  checkSecurity({ host: '0.0.0.0', isSecure: false, insecure: true });
});
