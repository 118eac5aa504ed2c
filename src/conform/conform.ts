import { randomBytes } from 'node:crypto';
import { type AroundWait, justWait } from './around-wait.ts';
import { interview } from './interview.ts';
import { DEFAULT_PATH_TIMEOUT_MS, DEFAULT_PEER_TIMEOUT_MS } from './limits.ts';
import { chaptersOf } from './plan.ts';
import type { ConformReport } from './report.ts';
import { type Master, type Part, TalkWithMaster } from './talk-with-master.ts';
import { ownName, type Target, type Tongue } from './target.ts';
import { tongueOf } from './tongue.ts';
import { type WalkOptions, walkAll } from './walk-all.ts';

export { type ConformReport, type NotWalked, type PathReport, titleOf } from './report.ts';

export interface ConformOptions extends WalkOptions {
  /** For each path. */
  readonly timeoutMs?: number;
}

/**
 * Plays a worker against a running master, along every path of the machines of conformance, one after the other. Throws a
 * MusterError if it cannot be spoken to at all: 3102, 3106 (another key), 3028 to 3031 as it answers `hello`, 3020, 3103.
 */
export async function conform(target: Target, options: ConformOptions = {}): Promise<ConformReport> {
  const { timeoutMs = DEFAULT_PATH_TIMEOUT_MS, isActive = false, peerTimeoutMs } = options;
  const { dialect } = target;
  const tongue = tongueOf(target);
  const part = partIn(target, tongue, options.aroundWait ?? justWait);
  const times = { timeoutMs, peerTimeoutMs: peerTimeoutMs ?? DEFAULT_PEER_TIMEOUT_MS };
  const master = await interview(part, times, isActive);
  const walked = await walkAll({
    ...options,
    role: 'master',
    chapters: chaptersOf({ dialect, isActive, isPatient: peerTimeoutMs !== undefined }, 'master'),
    obstacleTo: (steps) => obstacleTo(steps, tongue, master),
    newTalk: () => new TalkWithMaster(part, master, times),
  });
  const { name, version } = master;
  const address = `${target.host}:${target.port}`;
  const who = { role: 'master' as const, master: { name, version }, worker: part.name, workerVersion: null };
  return { dialect, address, ...who, isActive, ...walked };
}

function partIn(target: Target, tongue: Tongue, aroundWait: AroundWait): Part {
  let session = Date.now();
  return {
    target,
    tongue,
    name: ownName(target),
    node: randomBytes(16).toString('hex'),
    nextSession: () => {
      session += 1;
      return session;
    },
    aroundWait,
    isSentGroups: false,
  };
}

/** Why a path cannot be walked here; null if it can. */
function obstacleTo(
  steps: readonly string[],
  { provesKey, provesName }: Tongue,
  { set, hasGroups }: Master,
): string | null {
  if (!provesKey && steps.includes('do.connect.wrongKey')) return 'without TLS nothing proves the key';
  if (provesName && steps.includes('say.hello.nameOfMaster'))
    return 'its certificate proves another name, and that shows first';
  if (set === null && steps.includes('do.showAll')) return 'the master did not send all of its set at once';
  if (!hasGroups && steps.includes('hear.syn_g_m_w_c'))
    return 'the master has no agent that is in a group, and so nothing to send';
  return null;
}
