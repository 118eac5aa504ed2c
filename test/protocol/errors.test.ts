import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { errorSubjects } from '../../src/protocol/error-table.ts';
import { errorTable, MusterError } from '../../src/protocol/errors.ts';

describe('errors', () => {
  test('the message is the text of the code with the detail behind it', () => {
    assert.equal(new MusterError(3027, 'i7').message, 'Unknown task: i7');
    assert.equal(new MusterError(3027).message, 'Unknown task');
    assert.equal(new MusterError(3027, 'i7').toLog(), 'Error 3027 - Unknown task: i7');
  });

  test('a foreign error becomes an internal one that keeps its cause; one of ours stays itself', () => {
    const cause = new TypeError('x is not a function');
    const error = MusterError.from(cause);
    assert.equal(error.code, 1000);
    assert.equal(error.detail, cause.message);
    assert.equal(error.cause, cause);
    assert.equal(MusterError.from(error, 3119), error);
    assert.equal(MusterError.from('text', 3119).message, 'File system error: text');
  });

  test('an error object that carries a code of ours keeps it: errors lose their class between threads', () => {
    const foreign = (message: string, code: unknown) =>
      MusterError.from(Object.assign(new Error(message), { code }));
    assert.deepEqual(foreign('etc/a', 3114).toWire(), { code: 3114, detail: 'etc/a' });
    assert.deepEqual(foreign(new MusterError(3114, 'etc/a').message, 3114).toWire(), {
      code: 3114,
      detail: 'etc/a',
    });
    assert.deepEqual(foreign(new MusterError(3114).message, 3114).toWire(), { code: 3114, detail: null });
    assert.equal(foreign('aborted', 20).code, 1000);
    assert.equal(foreign('gone', 'ENOENT').code, 1000);
  });

  test('every code tells what it means and what to do, in a name of its own', () => {
    const names = Object.values(errorTable).map((entry) => entry.name);
    assert.equal(new Set(names).size, names.length);
    for (const [code, entry] of Object.entries(errorTable)) {
      assert.match(entry.name, /^[a-z]+(-[a-z]+)*$/, code);
      assert.match(entry.text, /^[A-Z].*[^.]$/, code);
      assert.match(entry.meaning, /\.$/, code);
      assert.match(entry.remedy, /\.$/, code);
    }
  });

  test('no code stands in two subjects', () => {
    const codes = errorSubjects.flatMap((rows) => Object.keys(rows));
    assert.equal(new Set(codes).size, codes.length);
  });

  test('every code that the sources name stands in the table', () => {
    const sources = globSync('{machines,src}/**/*.ts', { cwd: new URL('../../', import.meta.url) });
    assert.ok(sources.length > 100);
    const unknown = sources.flatMap((path) => {
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
      // Codes are the only numbers of four digits without an underscore.
      const codes = text.match(/(?<![\w.])3[01]\d\d(?!\w)/g) ?? [];
      return codes.filter((code) => !(code in errorTable)).map((code) => `${path}: ${code}`);
    });
    assert.deepEqual(unknown, []);
  });
});
