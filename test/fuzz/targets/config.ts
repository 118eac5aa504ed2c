import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { loadConfig } from '../../../src/config/load.ts';
import { clusterJsonSchema } from '../../../src/config/schema/cluster-json.ts';
import { musterJsonSchema } from '../../../src/config/schema/muster-json.ts';
import { ossecConf } from '../../config/temporary-home.ts';
import { IN_MEMORY } from '../../files/fixture.ts';
import { readOrRefuse, type Target } from '../target.ts';

const CODES = [3004, 3005, 3006];
const FILES = ['etc/ossec.conf', 'etc/cluster.json', 'etc/muster.json', 'etc/internal_options.conf'] as const;
const OPTIONS = '# comment\nwazuh_clusterd.debug=1\nother.option=2\n';
const VALID = [
  ossecConf(),
  JSON.stringify(clusterJsonSchema.parse({})),
  JSON.stringify(musterJsonSchema.parse({})),
  OPTIONS,
];

/** An input is the number of one of the files, and what stands in it; the others are right. */
const input = (file: number, text: string) => Uint8Array.from([file, ...Buffer.from(text)]);

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '0', '-1', '1e9', '65536', 'yes', 'master', '<x>', '&lt;'),
);
const sections = fc
  .dictionary(
    fc.constantFrom(
      'name',
      'node_name',
      'node_type',
      'key',
      'port',
      'bind_addr',
      'nodes',
      'hidden',
      'disabled',
      'other',
    ),
    fc.option(text),
    { noNullPrototype: true },
  )
  .map((change) => input(0, ossecConf(change)));
const jsons = fc.tuple(fc.constantFrom(1, 2), fc.json()).map(([file, json]) => input(file, json));
const settings = fc
  .tuple(fc.constantFrom(1, 2), fc.integer({ min: 0, max: 60 }), fc.oneof(fc.jsonValue(), fc.double(), text))
  .map(([file, which, value]) => {
    const tree = JSON.parse(VALID[file] ?? '{}') as Record<string, unknown>;
    replaceLeaf(tree, which, value);
    return input(file, JSON.stringify(tree));
  });

/** Puts a value in the place of the n-th leaf of a tree, counted round and round. */
function replaceLeaf(tree: Record<string, unknown>, which: number, value: unknown): void {
  const leaves: [Record<string, unknown>, string][] = [];
  const collect = (node: Record<string, unknown>) => {
    for (const [key, inner] of Object.entries(node)) {
      if (inner !== null && typeof inner === 'object') collect(inner as Record<string, unknown>);
      else leaves.push([node, key]);
    }
  };
  collect(tree);
  const leaf = leaves[which % leaves.length];
  if (leaf !== undefined) leaf[0][leaf[1]] = value;
}

/** Every number of a configuration is one that a program can count with. */
function assertNumbers(value: unknown, where: string): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= 0, `${where} is ${value}`);
  else if (value !== null && typeof value === 'object') {
    assert.ok(Object.isFrozen(value), `${where} can be changed`);
    for (const [key, inner] of Object.entries(value)) assertNumbers(inner, `${where}.${key}`);
  }
}

/** What a node makes of its configuration files: a configuration that it can work with, or words that name the file. */
export const configTarget: Target = {
  name: 'config',
  maxMemoryBytes: 64 * 1024 * 1024,
  samples: async () => [
    ...VALID.map((content, file) => input(file, content)),
    ...fc.sample(sections, { seed: 1, numRuns: 10 }),
  ],
  generated: fc.oneof(sections, jsons, settings),
  async run(bytes) {
    const home = mkdtempSync(join(IN_MEMORY, 'muster-fuzz-'));
    try {
      const tried = (bytes[0] ?? 0) % FILES.length;
      for (const [i, path] of FILES.entries()) {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        writeFileSync(join(home, path), i === tried ? bytes.subarray(1) : (VALID[i] ?? ''));
      }
      const outcome = await readOrRefuse(CODES, () => loadConfig(home));
      if ('refused' in outcome) {
        assert.ok(
          outcome.refused.message.includes(FILES[tried] ?? ''),
          `which file? ${outcome.refused.message}`,
        );
        return;
      }
      // A cluster that is switched off is not checked any further.
      if (outcome.result.disabled) return;
      const { port, role, nodeName, clusterName } = outcome.result;
      assert.ok(port >= 1 && port <= 65_535, `port ${port}`);
      assert.ok(['master', 'worker'].includes(role) && nodeName !== '' && clusterName !== '');
      assertNumbers(outcome.result, 'configuration');
    } finally {
      rmSync(home, { recursive: true });
    }
  },
};
