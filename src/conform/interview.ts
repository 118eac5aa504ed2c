import type { ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import { answerAside } from './aside.ts';
import { ASK_AGAIN_MS, GROUPS_PATIENCE_MS, WATCH_GROUPS_MS } from './limits.ts';
import type { Peer } from './peer.ts';
import { learnSet } from './show.ts';
import type { Times } from './talk.ts';
import { type Master, type Part, TalkWithMaster } from './talk-with-master.ts';
import type { Target } from './target.ts';

const UNKNOWN: Master = { name: '', version: '', digest: null, set: null, hasGroups: false };
const NO_ANSWER = 3020;

/** Whether it can be spoken to, and who it is: what it cannot be asked is no matter of a path. */
export async function interview(part: Part, times: Times, isActive: boolean): Promise<Master> {
  const talk = new TalkWithMaster(part, UNKNOWN, times);
  try {
    const { peer } = await talk.session();
    const nodes = (await talk.answerTo(peer, peer.ask('get_nodes', {}))) as ReplyOf<'get_nodes'>;
    const { name, version = 'unknown' } = nodes.items.find(({ type }) => type === 'master') ?? {};
    if (name === undefined) throw new MusterError(3108, 'get_nodes names no master');
    if (part.tongue.name === 'muster') await talk.takeGroups(peer, WATCH_GROUPS_MS);
    const digest = hasDigests(part) ? await digestOf(talk, peer) : null;
    const set = isActive ? await learnSet(talk, peer) : null;
    return { name, version, digest, set, hasGroups: await sendsGroups(talk, peer) };
  } catch (error) {
    throw withHint(MusterError.from(error), part.target);
  } finally {
    talk.close();
  }
}

const hasDigests = ({ tongue }: Part) => tongue.name === 'muster';

/** Of the master's set; before its first scan it knows none, and gives no permission. */
async function digestOf(talk: TalkWithMaster, peer: Peer): Promise<string | null> {
  for (;;) {
    const asked = peer.ask('syn_i_w_m_p', { digest: null });
    const { digest } = (await talk.answerTo(peer, asked)) as ReplyOf<'syn_i_w_m_p'>;
    if (digest !== null || talk.leftMs <= ASK_AGAIN_MS) return digest;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** Masters of Muster's own dialect send all agent-groups even if there are none; others may have nothing to say. */
async function sendsGroups(talk: TalkWithMaster, peer: Peer): Promise<boolean> {
  if (talk.part.tongue.name === 'muster') return true;
  await talk.answerTo(peer, peer.ask('syn_w_g_c', {}));
  const request = await talk
    .requestOf(peer, ['syn_g_m_w_c'], GROUPS_PATIENCE_MS)
    .catch((error: MusterError) => {
      if (error.code === NO_ANSWER) return null;
      throw error;
    });
  if (request !== null) answerAside(peer, request);
  return request !== null;
}

/** Codes by which nobody who speaks the dialect answers. */
const SPEECHLESS: ReadonlySet<number> = new Set([3020, 3100, 3103, 3104]);

function withHint(error: MusterError, target: Target): MusterError {
  if (!SPEECHLESS.has(error.code)) return error;
  const hint = hintOf(target);
  return new MusterError(error.code, error.detail === null ? hint : `${error.detail}; ${hint}`, {
    cause: error,
  });
}

function hintOf({ dialect, host, port, certificate }: Target): string {
  const where = `${host}:${port} does not answer as a master that speaks ${dialect}`;
  // Who is refused by TLS 1.3 may only see that the connection ends.
  if (certificate !== undefined)
    return `${where} and takes this certificate, of ${certificate.nodeName}: the log of the master says why`;
  const other = dialect === 'muster' ? 'wazuh4' : 'muster';
  return `${where} and has this key: look at both, or try --dialect ${other}`;
}
