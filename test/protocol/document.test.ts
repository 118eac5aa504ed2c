import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { MAX_INCOMING_TRANSFERS } from '../../machines/transfer/limits.ts';
import {
  LARGE_FILE_BYTES,
  MAX_CONTENT_BYTES,
  MAX_METADATA_BYTES,
  MAX_PACKAGE_BYTES,
  MAX_PATH_BYTES,
  PACKAGE_FILES,
} from '../../src/files/limits.ts';
import { MAX_UNCONFIRMED_BULK_BYTES } from '../../src/node/channel.ts';
import { MAX_UNANSWERED_REQUESTS } from '../../src/node/channel-limits.ts';
import { exampleBytes, exampleDigest } from '../../src/protocol/commands/examples.ts';
import * as limits from '../../src/protocol/limits.ts';
import { deriveKey } from '../../src/transport/keys.ts';
import { DEFAULT_PSK_CIPHERS } from '../../src/transport/tls-psk.ts';

const document = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** The value of a row `| what | value unit |`. */
function row(what: string): number {
  const match = new RegExp(`^\\| ${what} \\| (\\d+)(?: \\w+)? \\|$`, 'm').exec(document);
  assert.ok(match, `docs/protocol.md has a row about: ${what}`);
  return Number(match[1]);
}

describe('docs/protocol.md', () => {
  test('tells the limits that the code keeps', () => {
    const rows: [string, number][] = [
      ['header', limits.HEADER_BYTES],
      ['payload of a frame', limits.MAX_PAYLOAD_BYTES],
      ['payload of `hello`', limits.MAX_HELLO_BYTES],
      ['message, joined', limits.MAX_MESSAGE_BYTES],
      ['incomplete messages at once', limits.MAX_DIVIDED_MESSAGES],
      ['levels of a value', limits.MAX_NESTING_LEVELS],
      ['values in a message', limits.MAX_MESSAGE_VALUES],
      ['values in a request', limits.MAX_REQUEST_VALUES],
      ['data of one bulk message', limits.MAX_BULK_DATA_BYTES],
      ['unanswered bulk data', MAX_UNCONFIRMED_BULK_BYTES],
      ['unanswered requests', MAX_UNANSWERED_REQUESTS],
      ['file', limits.MAX_FILE_BYTES],
      ['long string', limits.MAX_STRING_BYTES],
      ['transfers arriving on one connection', MAX_INCOMING_TRANSFERS],
      ['files of a set', limits.MAX_FILES],
    ];
    for (const [what, value] of rows) assert.equal(row(what), value, what);
  });

  test('tells how the pre-shared key is derived, with an example that comes out', () => {
    const { keyId, psk } = deriveKey('0123456789abcdef0123456789abcdef');
    assert.ok(document.includes(`key id          ${keyId}\n`));
    assert.ok(document.includes(`pre-shared key  ${psk.toString('hex')}\n`));
    assert.ok(document.includes(`worker1:${keyId}`));
    assert.ok(document.includes(DEFAULT_PSK_CIPHERS));
  });

  test('tells how a root digest is made, with an example that comes out', () => {
    const blake2b = (bytes: string | Uint8Array) => createHash('blake2b512').update(bytes).digest('hex');
    assert.equal(blake2b(exampleBytes), exampleDigest);
    assert.ok(document.includes(`its digest          ${exampleDigest}\n`));
    assert.ok(document.includes(`set of no file      ${blake2b('')}\n`));
    const root = blake2b(`etc/rules/local_rules.xml\0${exampleDigest}\n`);
    assert.ok(document.includes(`root digest         ${root}\n`));
    assert.ok(document.includes(thousands(MAX_METADATA_BYTES)));
    for (const limit of [
      LARGE_FILE_BYTES,
      PACKAGE_FILES,
      MAX_CONTENT_BYTES,
      MAX_PACKAGE_BYTES,
      MAX_PATH_BYTES,
    ]) {
      assert.ok(document.includes(thousands(limit)), `${limit}`);
    }
  });

  test('links only to sections that are there', () => {
    const headings = [...document.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] as string));
    for (const [, target] of document.matchAll(/\]\(#([^)]+)\)/g))
      assert.ok(headings.includes(target as string), target);
  });
});

const thousands = (value: number) => value.toLocaleString('en-US');

/** The anchor that a renderer gives to a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}
