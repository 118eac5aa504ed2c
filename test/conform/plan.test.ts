import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { catalog } from '../../machines/catalog.ts';
import type { Spoken } from '../../machines/conformance/terms.ts';
import { isKnown as isKnownOfWorkers } from '../../src/conform/deeds.ts';
import { differences } from '../../src/conform/differences.ts';
import { isUnderstood } from '../../src/conform/hearing.ts';
import { originalWords } from '../../src/conform/original-words.ts';
import { CONFORM, chaptersOf } from '../../src/conform/plan.ts';
import { isDifference } from '../../src/conform/walk.ts';
import { isKnown as isKnownOfMasters } from '../../src/conform/worker/deeds.ts';
import { transitionKey, transitionsOf } from '../../src/inspect/transitions.ts';
import { describeConformancePaths } from '../harness/docs/conformance.ts';

const DIALECTS: readonly Spoken[] = ['muster', 'wazuh4'];
const DOCUMENTS = { muster: 'docs/protocol.md', wazuh4: 'docs/compatibility.md' } as const;
const ROLES = ['master', 'worker'] as const;
const machines = catalog.filter(({ id }) => id.startsWith(CONFORM));
const transitions = machines.flatMap(({ machine }) => transitionsOf(machine));
const root = new URL('../../', import.meta.url);

const allChapters = (input: { dialect: Spoken; isActive: boolean; isPatient?: boolean }) =>
  ROLES.flatMap((role) => chaptersOf({ isPatient: true, ...input }, role));

describe('the paths of conformance', () => {
  for (const dialect of DIALECTS)
    it(`take every transition that there is in ${dialect}`, () => {
      for (const chapter of allChapters({ dialect, isActive: true })) {
        const walked = new Set(chapter.paths.flat().map(transitionKey));
        const states = new Set(chapter.paths.flat().flatMap(({ source, targets }) => [source, ...targets]));
        const there = [...states].flatMap((state) => chapter.from(state)).map(transitionKey);
        assert.ok(there.length > 0);
        assert.deepEqual(
          there.filter((key) => !walked.has(key)),
          [],
          chapter.id,
        );
      }
    });

  it('together take every transition of the charts: none is of no dialect', () => {
    const walked = DIALECTS.flatMap((dialect) => allChapters({ dialect, isActive: true }))
      .flatMap(({ paths }) => paths.flat())
      .map(transitionKey);
    assert.deepEqual(
      transitions.map(transitionKey).filter((key) => !walked.includes(key)),
      [],
    );
  });

  it('send no files and rows unless that is wanted', () => {
    const steps = (isActive: boolean) =>
      DIALECTS.flatMap((dialect) => allChapters({ dialect, isActive }))
        .flatMap(({ paths }) => paths.flat())
        .map(({ on }) => on);
    const sending = /^(?:do\.(?:show|sendString|sendSet)|say\.(?:new_file|file_|syn_a_w_m$))/;
    assert.deepEqual(
      steps(false).filter((step) => sending.test(step)),
      [],
    );
    assert.ok(steps(true).some((step) => sending.test(step)));
  });

  it('wait for no time-out of who is tested unless that is wanted', () => {
    const patient = (isPatient: boolean) =>
      DIALECTS.flatMap((dialect) => allChapters({ dialect, isActive: true, isPatient })).flatMap((chapter) =>
        chapter.paths.filter((path) =>
          path.some(({ source, on }) => chapter.isOutlasted(source) || on === 'do.outlast'),
        ),
      );
    assert.deepEqual(patient(false), []);
    assert.ok(patient(true).length > 20);
  });

  const isKnown = { master: isKnownOfWorkers, worker: isKnownOfMasters };
  for (const role of ROLES)
    it(`consist of steps that who tests a ${role} can do, and understands`, () => {
      const unknown = DIALECTS.flatMap((dialect) =>
        chaptersOf({ dialect, isActive: true, isPatient: true }, role),
      )
        .flatMap(({ paths }) => paths.flat())
        .map(({ on }) => on)
        .filter((step) => (step.startsWith('hear.') ? !isUnderstood(step) : !isKnown[role](step)));
      assert.deepEqual([...new Set(unknown)], []);
    });

  it('take 1000, which tells of any failure, in the words of an original only, and in its dialect', () => {
    const internal = transitions.filter(({ on }) => on.startsWith('hear.err.1000'));
    const names = internal.map(({ on }) => on.split('.')[3] ?? 'no words');
    assert.deepEqual([...new Set(names)].sort(), Object.keys(originalWords).sort());
    assert.deepEqual([...new Set(internal.map(({ guard }) => guard))], ['inWazuh4']);
  });
});

describe('docs/conformance.md', () => {
  it('lists the paths that there are, and no others: what is looked at does not change unnoticed', async () => {
    const text = await readFile(new URL('docs/conformance.md', root), 'utf8');
    assert.ok(text.includes(describeConformancePaths()));
  });
});

describe('what a report refers to', () => {
  for (const dialect of DIALECTS)
    it(`are sections that ${DOCUMENTS[dialect]} has`, async () => {
      const text = await readFile(new URL(DOCUMENTS[dialect], root), 'utf8');
      const headings = new Set([...text.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading]) => heading));
      const missing = allChapters({ dialect, isActive: true }).flatMap((chapter) =>
        chapter.paths
          .flat()
          .map(({ source }) => chapter.sectionsOf(source)[dialect])
          .filter((section) => !headings.has(section)),
      );
      assert.deepEqual([...new Set(missing)], []);
    });

  it('are differences that have a sentence each', () => {
    const named = transitions
      .map(({ guard }) => guard)
      .filter((guard) => guard !== null && isDifference(guard));
    assert.deepEqual([...new Set(named)].sort(), Object.keys(differences).sort());
  });
});
