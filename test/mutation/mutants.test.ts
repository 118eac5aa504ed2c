import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createMachine } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { closureOf } from './closure.ts';
import { explained } from './explained.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Chart, mutantsOf } from './mutants.ts';
import { machineFiles, suitesOf } from './suites.ts';
import { runTests, tryMutant, type Verdict } from './trial.ts';
import { WarmProcess } from './warm.ts';

const shared = ['note'];
const chart: Chart = {
  id: 'small',
  initial: 'idle',
  invoke: { src: 'watch', onDone: { target: '.idle', actions: 'tell' } },
  states: {
    idle: {
      entry: shared,
      on: { go: [{ guard: 'isReady', target: 'busy', actions: shared }, 'idle'] },
    },
    busy: {
      on: { progress: { target: 'busy', reenter: true } },
      always: { guard: 'isOver', target: 'idle', actions: 'tell' },
      after: { limit: 'idle' },
    },
  },
};
const titles = (of: Chart) =>
  mutantsOf(of).map(({ place, operator, what }) => `${place}: ${operator} ${what}`.trim());

describe('the mutants of a chart', () => {
  it('are every transition, guard, target, action and child of it, each named by its place', () => {
    assert.deepEqual(titles(chart), [
      'invoke: child not invoked watch',
      'invoke.onDone: transition dropped',
      'invoke.onDone.target: target left out .idle',
      'invoke.onDone.actions: action lost tell',
      'states.idle.entry[0]: action lost note',
      'states.idle.on.go[0]: transition dropped',
      'states.idle.on.go[0].guard: guard left out isReady',
      'states.idle.on.go[0].guard: guard turned round isReady',
      'states.idle.on.go[0].target: target left out busy',
      'states.idle.on.go[0].actions[0]: action lost note',
      'states.idle.on.go[1]: transition dropped',
      'states.busy.on.progress: transition dropped',
      'states.busy.on.progress.reenter: not entered anew busy',
      'states.busy.after.limit: transition dropped',
      'states.busy.always: transition dropped',
      'states.busy.always.guard: guard left out isOver',
      'states.busy.always.guard: guard turned round isOver',
      'states.busy.always.actions: action lost tell',
    ]);
  });

  it('differ from it in one place only, and leave it as it was, parts that stand in two places too', () => {
    const before = structuredClone(chart);
    for (const mutant of mutantsOf(chart)) {
      const mutated = mutant.apply(chart);
      assert.deepEqual(chart, before);
      assert.notDeepEqual(mutated, chart, mutant.place);
      const left = titles(mutated).length;
      assert.ok(left < titles(chart).length || mutant.operator === 'guard turned round', mutant.place);
    }
  });

  it('are machines all the same', () => {
    for (const mutant of mutantsOf(chart)) assert.ok(createMachine(mutant.apply(chart) as never).root);
  });

  it('exist for every machine of the catalogue, each of which has tests of its own', async () => {
    const files = await machineFiles();
    for (const { id, machine } of catalog) {
      assert.ok(mutantsOf(machine.config as Chart).length > 0, id);
      const { own } = await suitesOf(files.get(machine.id) ?? '');
      assert.ok(own.length > 0, `${id} has no tests of its own`);
    }
  });

  it('are explained only where they exist', () => {
    for (const [id, places] of Object.entries(explained)) {
      const chartOf = catalog.find((entry) => entry.id === id)?.machine.config as Chart | undefined;
      assert.ok(chartOf, id);
      const keys = new Set(mutantsOf(chartOf).map(({ place, operator }) => `${place}: ${operator}`));
      for (const key of Object.keys(places)) assert.ok(keys.has(key), `${id}: ${key}`);
    }
  });
});

describe('the trial of a mutant', () => {
  const trials: [mutant: string, file: string, Verdict][] = [
    ['keepaliveMonitor#0', 'test/model/keepalive-monitor.test.ts', 'killed'],
    ['', 'test/model/keepalive-monitor.test.ts', 'survived'],
    // A supervisor has whatever id it is given.
    ['supervisor#0', 'test/supervision/supervisor.test.ts', 'killed'],
  ];
  for (const [mutant, file, verdict] of trials) {
    it(`says ${verdict} of ${mutant || 'none'}, in a process of its own and in one that is warm`, async () => {
      assert.equal(await runTests(mutant, file), verdict);
      const warm = new WarmProcess();
      // What was tried before leaves no trace.
      for (const once of [mutant, '', mutant]) {
        const { verdict: told } = await warm.run(once, file);
        assert.equal(told, once === '' ? 'survived' : verdict);
      }
      warm.close();
    });
  }
});

/** A file in a directory of its own, which goes with the test. */
function fileOf(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'muster-mutation-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'some.test.ts');
  writeFileSync(file, text);
  return file;
}

describe('tests of whole nodes', () => {
  const nobody = null as unknown as WarmProcess;
  it('that fail without any mutant find none: nothing is tried with them', async (t) => {
    const file = fileOf(
      t,
      "import { test } from 'node:test'; test('broken', () => { throw new Error('broken'); });",
    );
    await assert.rejects(
      tryMutant('small#0', { own: [], further: [file] }, nobody),
      /fails without any mutant/,
    );
  });

  it('that pass leave a mutant that they do not find', async (t) => {
    const file = fileOf(t, "import { test } from 'node:test'; test('passes', () => {});");
    const { verdict } = await tryMutant('small#0', { own: [], further: [file] }, nobody);
    assert.equal(verdict, 'survived');
  });
});

describe('what a result belongs to', () => {
  const MACHINE = { id: 'integrityPermission', file: 'machines/integrity/permission.ts' };

  it('is the machine, the tests, and whatever these import, start and read', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-mutation-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const texts = {
      'some.test.ts': "import './harness.ts';",
      'harness.ts': "import { a } from './graph.ts';\nnew URL('./worker.ts', import.meta.url);",
      'graph.ts': "join(import.meta.dirname, 'process.ts');",
      'worker.ts': '',
      'process.ts': "readFileSync(join(import.meta.dirname, 'table.txt'));",
      'table.txt': 'a\n',
      'machine.ts': "import './terms.ts';",
      'terms.ts': 'export const isReady = () => true;',
    };
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    for (const [name, text] of Object.entries(texts)) write(name, text);
    const print = () =>
      fingerprintOf({ id: 'small', file: join(folder, 'machine.ts') }, [join(folder, 'some.test.ts')]);
    let before = print();
    assert.equal(print(), before);
    for (const [name, text] of Object.entries(texts)) {
      write(name, `${text}\n// another`);
      const now = print();
      assert.notEqual(now, before, name);
      before = now;
    }
    write('nobody-names-it.ts', '');
    assert.equal(print(), before);
  });

  it('is also what the machine does by its tables, and not what others do', () => {
    const dialects = fingerprintOf({ ...MACHINE, id: 'conformHello' }, []);
    assert.notEqual(dialects, fingerprintOf(MACHINE, []));
    assert.equal(
      fingerprintOf({ ...MACHINE, id: 'none' }, []),
      fingerprintOf({ ...MACHINE, id: 'nobody' }, []),
    );
  });

  it('is of the tests of this project what builds, replays and judges their graphs', async () => {
    const { own } = await suitesOf('connection/server-handler.ts');
    const named = closureOf(own);
    for (const path of ['model', 'graph', 'replay', 'behaviour-table'].map(
      (name) => `test/harness/${name}.ts`,
    ))
      assert.ok(named.includes(path), path);
    assert.ok(named.includes('test/model/handler-parts.ts'));
    assert.ok(closureOf(['test/model/conformance.test.ts']).includes('test/model/conformance-model.ts'));
    // Those of whole nodes start the command.
    assert.ok(closureOf(['test/e2e/refusals.test.ts']).includes('src/node/master.ts'));
    assert.deepEqual(
      named.filter((path) => path.startsWith('test/model/behaviour/')),
      [],
    );
  });

  it('can be told of every machine', async () => {
    const files = await machineFiles();
    for (const { id, machine } of catalog) {
      const file = `machines/${files.get(machine.id)}`;
      assert.match(fingerprintOf({ id: machine.id, file }, []), /^[0-9a-f]{64}$/, id);
    }
  });
});
