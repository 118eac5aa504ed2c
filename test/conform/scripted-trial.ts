import { type ConformOptions, type ConformReport, conform } from '../../src/conform/conform.ts';
import type { DialectName } from '../../src/protocol/dialects/dialect.ts';
import { type Faults, SCRIPTED, ScriptedMaster } from './scripted-master.ts';

/** Long enough for a machine that does much else. */
const TIMEOUT_MS = 10_000;

/** What `conform-session` finds at a scripted master. */
export async function conformTo(
  faults: Faults,
  options: ConformOptions = {},
  dialect: DialectName = 'muster',
): Promise<ConformReport> {
  const master = new ScriptedMaster(faults, dialect);
  const port = await master.listen();
  const target = { ...SCRIPTED, port, dialect };
  try {
    return await conform(target, { only: /^conform-session/, timeoutMs: TIMEOUT_MS, ...options });
  } finally {
    await master.close();
  }
}

export const departures = ({ paths }: ConformReport) =>
  paths
    .filter(({ outcome }) => outcome === 'departs')
    .map(({ steps, at, state, allowed, expected, got, sections }) => ({
      steps,
      at,
      state,
      allowed,
      expected,
      got,
      section: sections?.muster,
    }));
