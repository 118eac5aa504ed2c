import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOfText, exceptionOfError, lineOf } from '../../../src/protocol/dialects/wazuh4/exceptions.ts';
import { errorTable, MusterError } from '../../../src/protocol/errors.ts';

test('a line says of every code what it is, and what it is about, and is understood again', () => {
  for (const code of Object.keys(errorTable).map(Number)) {
    for (const detail of [null, 'worker1']) {
      const line = lineOf(exceptionOfError(new MusterError(code, detail)));
      assert.match(line, /^Error \d{4} - \S.{3}/, line);
      assert.doesNotMatch(line, /null|undefined/, line);
      if (detail !== null) assert.ok(line.endsWith(detail), line);
      assert.equal(errorOfText(line).code, code, line);
      assert.equal(errorOfText(line).detail, detail, line);
    }
  }
});
