import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SILENT_PATHS } from '../../src/conform/limits.ts';
import type { ConformReport } from '../../src/conform/report.ts';
import { conformTo, departures } from './scripted-trial.ts';

describe('an implementation that departs in one point', () => {
  it('does not depart without it', async () => {
    const report = await conformTo({});
    assert.deepEqual(departures(report), []);
    assert.ok(report.paths.length > 10);
    assert.equal(report.lost, null);
  });

  it('is told of when it answers a keepalive with other words', async () => {
    assert.deepEqual(departures(await conformTo({ keepalive: 'alive' })), [
      {
        steps: ['say.echo-c'],
        at: 2,
        state: 'asked.whetherAlive',
        allowed: ['asked: hear.ok → admitted'],
        expected: ['ok'],
        got: 'ok {"data":"alive"} to echo-c',
        section: 'Keepalives',
      },
    ]);
  });

  it('is told of when it refuses what it does not know by another code', async () => {
    const found = departures(await conformTo({ unknownCode: 3100 }));
    assert.deepEqual(
      found.map(({ steps, expected, got }) => [steps[0], expected, got]),
      [
        ['say.no_such', ['err 3109'], 'err 3100'],
        ['say.syn_m_c_ok', ['err 3109'], 'err 3100'],
      ],
    );
  });

  it('is told of when it closes a connection that it has to keep', async () => {
    const found = departures(await conformTo({ closesOnMalformed: true }));
    assert.deepEqual(found.map(({ steps }) => steps[0]).sort(), [
      'say.echo.malformed',
      'say.new_str.malformed',
    ]);
    for (const { got } of found) assert.equal(got, 'the connection closed');
  });

  it('is told of when it answers twice', async () => {
    const found = departures(await conformTo({ answersTwice: true }));
    assert.ok(found.length > 0);
    for (const { got } of found) assert.match(got ?? '', /which was not asked or was answered before/);
  });

  it('is told of when it says what nothing leads to', async () => {
    const found = departures(await conformTo({ startsByItself: true }));
    assert.ok(found.length > 0);
    for (const { got } of found) assert.match(got ?? '', /the request syn_m_c_ok/);
  });

  it('is told of when it does not answer, after the time of one path', async () => {
    const found = departures(
      await conformTo({ ignoresHealth: true }, { timeoutMs: 2_000, only: /^conform-session: say\.get_/ }),
    );
    assert.deepEqual(
      found.map(({ steps, got }) => [steps[0], got]),
      [['say.get_health', 'nothing in time']],
    );
  });
});

describe('an implementation whose time-outs are waited for', () => {
  it('is told of when it keeps a connection that is silent, after twice its longest time-out', async () => {
    const only = /^conform-silence: do\.fallSilent/;
    const { paths } = await conformTo({}, { only, peerTimeoutMs: 200 });
    assert.deepEqual(
      paths.map(({ outcome, at, state, expected, got, trouble }) => ({
        outcome,
        at,
        state,
        expected,
        got,
        trouble,
      })),
      [
        {
          outcome: 'departs',
          at: 2,
          state: 'unheard',
          expected: ['the connection closed'],
          got: 'nothing within 0.4 s',
          trouble: 'idle',
        },
      ],
    );
  });

  it('conforms when it closes such a connection, and is sent keepalives while it has to give up something else', async () => {
    const only = /^conform-(?:silence: do\.fallSilent|unfinished: say\.new_str)/;
    const peerTimeoutMs = 1_000;
    const { paths } = await conformTo({ maxSilenceMs: peerTimeoutMs }, { only, peerTimeoutMs });
    const told = paths.map(({ machine, outcome, at, expected, got }) => ({
      machine,
      outcome,
      at,
      expected,
      got,
    }));
    assert.deepEqual(told, [
      // It can take no strings: what counts here is that the connection is there still.
      {
        machine: 'conform-unfinished',
        outcome: 'departs',
        at: 5,
        expected: ['err 3027'],
        got: 'err 3109 (str_upd)',
      },
      { machine: 'conform-silence', outcome: 'conforms', at: null, expected: [], got: null },
    ]);
  });

  it('is not waited for unless that is wanted', async () => {
    const { paths } = await conformTo({}, { only: /^conform-(?:session: say\.echo-c|silence|unfinished)/ });
    assert.deepEqual(
      paths.map(({ machine }) => machine),
      ['conform-session'],
    );
  });

  it('may be waited for longer than a path may take otherwise', async () => {
    const options = { only: /^conform-silence: do\.fallSilent/, timeoutMs: 2_000, peerTimeoutMs: 2_500 };
    const { paths } = await conformTo({ maxSilenceMs: 2_200 }, options);
    assert.deepEqual(
      paths.map(({ outcome }) => outcome),
      ['conforms'],
    );
  });
});

describe('an implementation that cannot be walked to the end', () => {
  it('is left when it goes away, with what was found until then', async () => {
    const whole = await conformTo({});
    const { paths, lost, notWalked, unreached } = await conformTo({ connections: 5 });
    assert.match(lost ?? '', /3102.*the master went away/);
    const count = (report: ConformReport) => report.paths.length + report.notWalked.length;
    assert.equal(paths.length + notWalked.length + unreached.length, count(whole), 'each is counted');
    assert.ok(paths.length >= 3 && paths.length <= 6, `${paths.length} paths`);
  });

  it('is left when nothing comes in time on so many paths in a row', async () => {
    const { paths, lost } = await conformTo({ mutesAfter: 5 }, { timeoutMs: 2_000 });
    assert.equal(
      lost,
      `${MAX_SILENT_PATHS} paths in a row without an answer: the master does not speak any more`,
    );
    const silent = paths.map(({ trouble }) => trouble === 'silent');
    assert.deepEqual(silent, [
      ...silent.slice(0, -MAX_SILENT_PATHS).fill(false),
      ...Array(MAX_SILENT_PATHS).fill(true),
    ]);
    assert.ok(paths.length > MAX_SILENT_PATHS, 'it answered at first');
  });

  it('is told of when it says nothing at all: 3020, and what to look at', async () => {
    await assert.rejects(conformTo({ isMute: true }, { timeoutMs: 200 }), {
      code: 3020,
      message: /does not answer as a master that speaks muster and has this key.*--dialect wazuh4/,
    });
  });
});
