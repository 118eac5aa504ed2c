import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCut, MAX_TEXT_CHARS, plainOf } from '../../src/inspect/plain.ts';

const SECRET = 'a1b2c3';
const told = (text: string) => plainOf(text, (known) => known);
const json = JSON.stringify;

/** What is in it as JSON says it, and once more in a text, and so on. */
const wrapped = (value: unknown, times: number): string =>
  times === 0 ? json(value) : json({ inner: wrapped(value, times - 1), beside: 1 });

describe('secrets in texts that are watched', () => {
  const values = [
    SECRET,
    `"${SECRET}" \\`,
    12345678,
    { value: SECRET },
    [[SECRET], { x: `}${SECRET}]` }],
    true,
  ];

  it('are hidden whatever they are, in JSON and in JSON in its texts', () => {
    for (const value of values)
      for (const times of [0, 1, 2, 3]) {
        const before = wrapped({ note: 'n', token: value, next: [1] }, times);
        assert.equal(told(before), wrapped({ note: 'n', token: '[redacted]', next: [1] }, times));
      }
  });

  it('are hidden where that stands within another text, or is cut off anywhere', () => {
    for (const value of values)
      for (const times of [0, 1, 2, 3]) {
        const before = wrapped({ note: 'n', token: value, next: [1] }, times);
        const expected = wrapped({ note: 'n', token: '[redacted]', next: [1] }, times);
        assert.equal(told(`request 7: ${before}`), `request 7: ${expected}`);
        for (let length = 1; length < before.length; length += 1)
          assert.doesNotMatch(json(told(before.slice(0, length))), /a1b|1234/, before.slice(0, length));
      }
  });

  it('are those of every name that is one, written as it may be', () => {
    const names = 'key keys psk password passphrase passwd pass pwd secret secrets token';
    for (const name of [...names.split(' '), 'credential', 'credentials', 'Authorization', 'client-pass'])
      assert.equal(told(json({ [name]: SECRET })), json({ [name]: '[redacted]' }));
    assert.equal(told(`{"\\u006bey":"${SECRET}"}`), '{"key":"[redacted]"}');
  });

  it('are not what only looks like one; such a text stays as it was written', () => {
    for (const text of [
      '{ "compass" : 1, "keyId":"k",  "tokens": 3, "key": null, "password": null }',
      'the "key" of it: "x"',
      'keep {"a": "key"}',
      '"key"',
      '{"n": 12345678901234567890, "keystrokes": [2]}',
    ])
      assert.equal(told(text), text);
  });

  it('are hidden in the beginning of a text that is too long to be shown', () => {
    const text = json({ list: [{ key: SECRET }], more: 'x'.repeat(MAX_TEXT_CHARS) });
    const cut = told(text);
    assert.ok(isCut(cut));
    assert.match(
      json(cut),
      /^\{"\[cut\]":"2\d{3} characters","begin":"\{\\"list\\":\[\{\\"key\\":\\"\[redacted\]/,
    );
    assert.doesNotMatch(json(cut), /a1b2c3/);
  });

  it('take no longer to be found in a text that is made to be slow', () => {
    const slow = ['\\', '"', '\\"', '"key":', '"key":{', '{"key":"\\'].map((part) => part.repeat(200_000));
    const startedMs = performance.now();
    for (const text of slow) told(text);
    assert.ok(performance.now() - startedMs < 2_000);
  });
});
