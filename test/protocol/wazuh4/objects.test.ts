import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  errorOfException,
  errorOfText,
  lineOf,
  printable,
  wazuhException,
} from '../../../src/protocol/dialects/wazuh4/exceptions.ts';
import { decodeFailure, encodeFailure } from '../../../src/protocol/dialects/wazuh4/failures.ts';
import {
  Callable,
  decodeObjects,
  encodeObjects,
  type JsonObject,
  UnhandledException,
  WazuhDate,
  WazuhException,
  WazuhResult,
} from '../../../src/protocol/dialects/wazuh4/objects.ts';
import { Float, pythonBytes, pythonFloat, pythonJson } from '../../../src/protocol/dialects/wazuh4/python.ts';
import { affectedItemsResult, plainResult } from '../../../src/protocol/dialects/wazuh4/results.ts';
import { errorTable, MusterError } from '../../../src/protocol/errors.ts';
import { anyValue } from './calls.ts';

const decode = (text: string) => decodeObjects(Buffer.from(text));
const encode = (value: unknown) => encodeObjects(value).toString();
function codeOf(work: () => unknown): number {
  try {
    work();
    return 0;
  } catch (error) {
    assert.ok(error instanceof MusterError, String((error as Error).stack));
    return error.code;
  }
}

describe('JSON as Python writes it', () => {
  const written: [value: unknown, text: string][] = [
    [{ a: [1, 'b', null], c: { d: true } }, '{"a": [1, "b", null], "c": {"d": true}}'],
    [{}, '{}'],
    [[], '[]'],
    [{ a: undefined, b: 1 }, '{"b": 1}'],
    ['/"\\\b\f\n\r\t', '"/\\"\\\\\\b\\f\\n\\r\\t"'],
    ['\x00\x1f\x7fä€\u{1f600}', '"\\u0000\\u001f\\u007f\\u00e4\\u20ac\\ud83d\\ude00"'],
    [new Float(1), '1.0'],
    [[1, 1.5, -0], '[1, 1.5, -0.0]'],
  ];
  for (const [value, text] of written) {
    test(text, () => assert.equal(pythonJson(value), text));
  }

  const floats: [value: number, text: string][] = [
    [0, '0.0'],
    [1, '1.0'],
    [-1.5, '-1.5'],
    [0.0004329010000674316, '0.0004329010000674316'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000012345, '1.2345e-05'],
    [1795423247.9335027, '1795423247.9335027'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [-123456.75, '-123456.75'],
  ];
  for (const [value, text] of floats) {
    test(`the float ${text}`, () => assert.equal(pythonFloat(value), text));
  }

  test('any JSON is read as it was written', () => {
    fc.assert(fc.property(anyValue, (value) => assert.deepEqual(decode(encode(value)), value)));
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(Number(pythonFloat(value)), value);
      }),
    );
  });

  test('what is no JSON is not written', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => {}, 1n])
      assert.equal(
        codeOf(() => encodeObjects({ value })),
        3018,
      );
  });

  test('bytes are shown as Python shows them', () => {
    assert.equal(pythonBytes('echo'), "b'echo'");
    assert.equal(pythonBytes("it's"), 'b"it\'s"');
    assert.equal(pythonBytes(`'"\\`), `b'\\'"\\\\'`);
    assert.equal(pythonBytes('\n\x00\xff'), "b'\\n\\x00\\xff'");
  });
});

describe('objects that stand for others', () => {
  const exception =
    '{"__wazuh_exception__": {"__class__": "WazuhClusterError", "__object__": {"type": "about:blank", "title": "Wazuh Cluster Error", "code": 3028, "extra_message": "worker1", "extra_remediation": null, "cmd_error": false, "dapi_errors": {}}}}';
  const notFound =
    '{"__wazuh_exception__": {"__class__": "WazuhResourceNotFound", "__object__": {"type": "about:blank", "title": "Resource Not Found", "code": 1730, "extra_message": null, "extra_remediation": null, "cmd_error": false, "dapi_errors": {}, "ids": []}}}';
  const result =
    '{"__wazuh_result__": {"__class__": "WazuhResult", "__object__": {"str_priority": null, "result": {"message": "x"}}}}';
  const affected =
    '{"__wazuh_result__": {"__class__": "AffectedItemsWazuhResult", "__object__": {"affected_items": ["001"], "sort_fields": null, "sort_casting": ["int"], "sort_ascending": [true], "total_affected_items": 1, "total_failed_items": 1, "dikt": {}, "all_msg": "a", "some_msg": "b", "none_msg": "c", "failed_items_keys": [{"__object__": {"type": "about:blank", "title": "Resource Not Found", "code": 1701, "extra_message": null, "extra_remediation": null, "cmd_error": false, "dapi_errors": {}, "ids": []}, "__class__": "WazuhResourceNotFound"}], "failed_items_values": [["002"]]}}}';
  const callable =
    '{"__callable__": {"__name__": "get_agents", "__module__": "wazuh.agent", "__qualname__": "get_agents", "__type__": "function"}}';

  test('are made as the reference shows them', () => {
    assert.equal(encode(wazuhException(3028, 'worker1')), exception);
    assert.equal(encode(wazuhException(1730)), notFound);
    assert.equal(encode(plainResult({ message: 'x' })), result);
    const made = affectedItemsResult({
      items: ['001'],
      totalItems: null,
      failed: [{ error: wazuhException(1701), ids: ['002'] }],
      allMessage: 'a',
      someMessage: 'b',
      noneMessage: 'c',
    });
    assert.equal(encode(made), affected);
  });

  test('are read, and written as they came', () => {
    for (const text of [exception, notFound, result, affected, callable])
      assert.equal(encode(decode(text)), text);
    assert.ok(decode(exception) instanceof WazuhException);
    assert.ok(decode(result) instanceof WazuhResult);
    const date = '{"at": {"__wazuh_datetime__": "2024-01-02T03:04:05+00:00"}}';
    assert.deepEqual(decode(date), { at: new WazuhDate('2024-01-02T03:04:05+00:00') });
    assert.equal(encode(decode(date)), date);
  });

  test('the name of a function stays a name, whatever it names', () => {
    const text =
      '{"__callable__": {"__name__": "system", "__module__": "os", "__qualname__": "system", "__type__": "function", "__wazuh__": {"path": "/"}}}';
    const read = decode(text);
    assert.ok(read instanceof Callable);
    assert.deepEqual([read.module, read.name, read.bound], ['os', 'system', { path: '/' }]);
    assert.equal(encode(read), text);
  });

  test('an exception of Python’s own stays data: its name is not evaluated', () => {
    const text = '{"__unhandled_exc__": {"__class__": "exit(1)", "__args__": ["a", {"b": 1}]}}';
    assert.deepEqual(decode(text), new UnhandledException('exit(1)', ['a', { b: 1 }]));
    assert.equal(encode(decode(text)), text);
  });

  test('are found at any depth, and what stands beside their key does not count', () => {
    assert.deepEqual(decode('[{"a": {"__wazuh_datetime__": "x", "more": 1}}]'), [{ a: new WazuhDate('x') }]);
  });

  const bad: [what: string, code: number, text: string][] = [
    ['a function without a module', 3108, '{"__callable__": {"__name__": "a"}}'],
    ['a function that is a text', 3108, '{"__callable__": "os.system"}'],
    ['a name of 1,000 characters', 3108, `{"__wazuh_datetime__": "${'x'.repeat(1000)}"}`],
    ['an exception without fields', 3108, '{"__wazuh_exception__": {"__class__": "WazuhError"}}'],
    [
      'an exception whose code is a text',
      3108,
      '{"__wazuh_exception__": {"__class__": "A", "__object__": {"title": "t", "code": "3"}}}',
    ],
    ['an unhandled exception without arguments', 3108, '{"__unhandled_exc__": {"__class__": "KeyError"}}'],
    ['the key __proto__', 3108, '{"__proto__": {"isAdmin": true}}'],
    ['the key __proto__, deep and in other letters', 3108, '[{"a": {"\\u005f_proto__": 1}}]'],
    ['a number beyond all numbers', 3108, '[1e999]'],
    ['NaN', 3036, '[NaN]'],
    ['half an object', 3036, '{"a": '],
    ['two values', 3036, '1 2'],
    ['nothing', 3036, ''],
    ['33 levels', 3113, '['.repeat(33) + ']'.repeat(33)],
    ['100,000 levels', 3113, '['.repeat(100_000)],
    ['more than two million values', 3113, `[${'0,'.repeat(2_000_001)}0]`],
  ];
  for (const [what, code, text] of bad) {
    test(`${what} is refused with ${code}`, () =>
      assert.equal(
        codeOf(() => decode(text)),
        code,
      ));
  }

  test('text that is no UTF-8 is refused, and nothing that a peer sends changes what objects are', () => {
    assert.equal(
      codeOf(() => decodeObjects(Buffer.from('22ff22', 'hex'))),
      3036,
    );
    const before = Reflect.ownKeys(Object.prototype).length;
    assert.deepEqual(Object.keys(decode('{"constructor": {"prototype": {"a": 1}}}') as object), [
      'constructor',
    ]);
    assert.equal(Reflect.ownKeys(Object.prototype).length, before);
  });
});

describe('failures', () => {
  const again = (error: MusterError) => {
    const { code, detail } = decodeFailure(encodeFailure(error));
    return [code, detail];
  };

  test('an error that both know keeps its code and detail', () => {
    for (const code of Object.keys(errorTable).map(Number)) {
      if (code >= 3100 && code < 3500) continue;
      assert.deepEqual(again(new MusterError(code, 'worker1')), [code, 'worker1']);
      assert.deepEqual(again(new MusterError(code)), [code, null]);
    }
  });

  test('an error that only we know is told as an internal error, in our words, and understood by its code', () => {
    const told = (error: MusterError) => decodeObjects(encodeFailure(error)) as WazuhException;
    const named = told(new MusterError(3105, 'wor*ker'));
    assert.deepEqual(
      [named.code, named.extraMessage],
      [1000, '3105 - The node name is not allowed: wor*ker'],
    );
    assert.equal(told(new MusterError(3110)).extraMessage, `3110 - ${errorTable[3110]?.text}`);
    assert.deepEqual(again(new MusterError(3105, 'wor*ker')), [3105, 'wor*ker']);
    assert.deepEqual(again(new MusterError(3110)), [3110, null]);
    assert.deepEqual(again(new MusterError(3119, 'a\x1b[2Jb')), [3119, 'a?[2Jb']);
  });

  test('an internal error that is not in our words stays one', () => {
    for (const extra of [
      '3119 - no such text',
      '3119 - File system errors',
      '3999 - File system error',
      '3119',
      '',
    ])
      assert.deepEqual(again(new MusterError(1000, extra)), [1000, extra]);
  });

  test('the two failures that the original tells in plain text are understood both ways', () => {
    assert.deepEqual(again(new MusterError(3109, 'nonsense')), [3109, 'nonsense']);
    assert.deepEqual(again(new MusterError(3112, 'a.zip')), [3112, 'the peer says so']);
    assert.equal(
      encodeFailure(new MusterError(3112)).toString(),
      "File wasn't correctly received. Checksums aren't equal.",
    );
  });

  const came: [what: string, payload: string, code: number, detail: RegExp][] = [
    ['any other text', 'it broke', 3000, /^it broke$/],
    ['a text that a terminal could take for a command', 'a\x1b[2Jb', 3000, /^a\?\[2Jb$/],
    ['nothing', '', 3000, /^$/],
    ['JSON that is no exception', '{"a": 1}', 3000, /"a": 1/],
    ['a code that nobody here knows', encode(wazuhException(9999, 'x')), 3000, /^Error 9999 - x$/],
    ['a code that has another meaning here', encode(wazuhException(3113, 'x')), 3000, /^Error 3113 - x$/],
    [
      'an extra message that is an object',
      encode(
        new WazuhException({ className: 'A', title: 't', code: 1017, extraMessage: { node_name: 'm' } }),
      ),
      3000,
      /^Error 1017 - \{"node_name": "m"\}$/,
    ],
    [
      'an unhandled exception',
      '{"__unhandled_exc__": {"__class__": "exit()", "__args__": []}}',
      3000,
      /exit/,
    ],
    [
      'an exception of two mebibytes',
      encode(wazuhException(3028, 'x'.repeat(2_097_152))),
      3000,
      /^\{"__wazuh_exception__"/,
    ],
    ['a very long text', 'x'.repeat(100_000), 3000, /^x{2048}$/],
  ];
  for (const [what, payload, code, detail] of came) {
    test(`${what} becomes a ${code}`, () => {
      const error = decodeFailure(Buffer.from(payload));
      assert.equal(error.code, code);
      assert.match(error.detail ?? '', detail);
    });
  }

  test('an exception of more than a mebibyte is told as text', () => {
    const longest = encode(wazuhException(3028, 'worker1')).padEnd(1_048_576);
    assert.equal(decodeFailure(Buffer.from(longest)).code, 3028);
    const { code, detail } = decodeFailure(Buffer.from(`${longest} `));
    assert.equal(code, 3000);
    assert.match(detail ?? '', /^\{"__wazuh_exception__"/);
  });

  const withExtra = (extraMessage: JsonObject) =>
    new WazuhException({ className: 'A', title: 't', code: 1121, extraMessage });

  test('of an extra message that is an object the beginning is told, and the rest is not even written', () => {
    const unread = {
      get more(): never {
        throw new Error('it was looked at');
      },
    };
    const long = withExtra({ a: 'x'.repeat(3000), b: unread });
    assert.equal(errorOfException(long).detail, `{"a": "${'x'.repeat(2041)}`);
    const many = withExtra({ list: [...Array(2048).fill(''), unread] });
    assert.equal(errorOfException(many).detail, `{"list": [${'"", '.repeat(2048)}`.slice(0, 2048));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyValue, { noNullPrototype: true }), (extra) => {
        const values = Array(200).fill(extra);
        assert.equal(errorOfException(withExtra({ values })).detail, printable(pythonJson({ values })));
      }),
    );
  });

  test('errors as lines of text are those of the original, and understood', () => {
    const lines: [code: number, detail: string | null, line: string][] = [
      [1013, 'auth', 'Error 1013 - Unable to connect with socket: auth'],
      [1014, "'nope'", "Error 1014 - Error communicating with socket: 'nope'"],
      [3022, null, 'Error 3022 - Unknown node ID'],
      [3032, 'r9', 'Error 3032 - Could not forward DAPI request. Connection not available.: r9'],
    ];
    for (const [code, detail, line] of lines) {
      assert.equal(lineOf(wazuhException(code, detail)), line);
      const error = errorOfText(line);
      assert.deepEqual([error.code, error.detail], [code, detail]);
    }
    assert.equal(errorOfText("'f'").code, 3000);
    assert.equal(errorOfText('Error 9999 - what').code, 3000);
  });
});
