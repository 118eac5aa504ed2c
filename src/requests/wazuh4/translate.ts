import type { ArgsOf } from '../../protocol/commands.ts';
import { type ApiRequest4, WrittenRequest } from '../../protocol/dialects/wazuh4/api-request.ts';
import { exceptionOfError, exceptionOfPart, shown } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { Callable, type JsonObject, type WazuhException } from '../../protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_DEADLINE_MS } from '../../protocol/limits.ts';
import { MIN_PEER_WORK_MS } from '../limits.ts';
import { methods } from '../methods.ts';
import { rowOf, type ToldAs } from './answers.ts';
import { type CallableRow, callables } from './callables.ts';
import { namedAgents } from './named.ts';
import { mayKnowAll } from './permissions.ts';

type Request = ArgsOf<'dapi'>['request'];

/** What a request of a peer asks for, or why it is refused; and how the peer has written it. */
type Asked = {
  readonly written: WrittenRequest;
  /** How long who is asked may work on it, once it is its turn; null: until it is complete. */
  readonly workTimeoutMs?: number | null;
} & (
  | { readonly row: CallableRow; readonly select: readonly string[] | null }
  | { readonly refusal: MusterError }
);

/** By the request in our terms: what it was in those of the peer. */
const asked = new WeakMap<Request, Asked>();

const MS_PER_SECOND = 1000;
/** What is called for what is not on the list; there is no such method. */
const NO_METHOD = 'unknown';
/** In place of a method: a request of a peer that one node of ours hands another one as it came, for who can answer it. */
const CARRIED = 'wazuh4.request';

/**
 * A request of a peer's in our terms. It never throws: one that is refused is a request too, because whoever asked waits
 * for its answer.
 */
export function understandRequest(written: WrittenRequest): Request {
  const request = written.asked;
  const { f_kwargs: kwargs = {}, api_timeout, wait_for_complete: waits, current_user: user } = request;
  const leastMs = Math.max((api_timeout ?? 0) * MS_PER_SECOND, MIN_PEER_WORK_MS);
  const workTimeoutMs = waits === true ? null : Math.min(leastMs, MAX_DEADLINE_MS);
  const about = {
    nodes: null,
    user: user ?? null,
    permissions: {},
    timeoutMs: workTimeoutMs ?? MAX_DEADLINE_MS,
  };
  const row = rowOf(request.f);
  try {
    if (row === undefined) throw new MusterError(3300, nameOf(written));
    const denied = row.actions.find((action) => !mayKnowAll(action, request.rbac_permissions));
    if (denied !== undefined) throw new MusterError(4000, denied);
    const args = row.argsOf(kwargs) as Request['args'];
    return known(
      { ...about, method: row.method, args, type: methods[row.method].type },
      { written, workTimeoutMs, row, select: selectIn(kwargs) },
    );
  } catch (error) {
    return known(
      { ...about, method: NO_METHOD, args: {}, type: 'local_any' },
      { written, workTimeoutMs, refusal: MusterError.from(error) },
    );
  }
}

const nameOf = ({ asked: { f } }: WrittenRequest) => shown(`${f.module}.${f.qualname}`);

function known(request: Request, what: Asked): Request {
  asked.set(request, what);
  return request;
}

/**
 * How long whoever asks waits, and how long the work here may take. Those who ask as the originals do wait for
 * `patienceMs`, whatever they say of the work: among themselves it may stand in a queue for long before it begins.
 */
export function limitsOf(
  request: Request,
  patienceMs: number,
): { timeoutMs: number; workTimeoutMs: number | null } {
  const workTimeoutMs = asked.get(request)?.workTimeoutMs;
  if (workTimeoutMs === undefined) return { timeoutMs: request.timeoutMs, workTimeoutMs: null };
  return { timeoutMs: Math.min(patienceMs, MAX_DEADLINE_MS), workTimeoutMs };
}

/** A request as one place is asked, with what is left of its time. */
export function partOf(request: Request, about: Pick<Request, 'args' | 'timeoutMs'>): Request {
  const part = { ...request, ...about };
  const what = asked.get(request);
  return what === undefined ? part : known(part, what);
}

/** Throws why a request of a peer is refused. */
export function checkAsked(request: Request): void {
  const refusal = refusalOf(request);
  if (refusal !== null) throw refusal;
}

/** Why a request of a peer is not answered by a node of ours; null if it may be, and for those that are ours. */
export function refusalOf(request: Request): MusterError | null {
  const what = asked.get(request);
  return what !== undefined && 'refusal' in what ? what.refusal : null;
}

/** How a peer has written its request; null for those that are ours. */
export const writtenIn = (request: Request): WrittenRequest | null => asked.get(request)?.written ?? null;

/** Characters that a request holds beside its arguments. */
export const writtenChars = (request: Request): number => writtenIn(request)?.text.length ?? 0;

/** A request of a peer in our terms, with how that has written it. */
export const carried = (request: Request, text: string): Request => ({
  ...request,
  method: CARRIED,
  args: { text },
});

/**
 * What another node of ours has carried here, as if its peer had asked this node; any other request as it is. That node has
 * no answer of its own to it, and so this one has none. Throws as `WrittenRequest.read`.
 */
export function opened(request: Request): Request {
  const { method, args, timeoutMs } = request;
  if (method !== CARRIED || typeof args.text !== 'string') return request;
  const written = WrittenRequest.read(Buffer.from(args.text));
  const inside = understandRequest(written);
  const refusal = refusalOf(inside) ?? new MusterError(3300, nameOf(written));
  return known({ ...inside, timeoutMs }, { written, refusal });
}

/** Of arguments that were checked. */
const selectIn = ({ select }: JsonObject) =>
  Array.isArray(select) && select.length > 0 ? [...new Set(select as readonly string[])] : null;

/** How a peer that is said to have this version is to be told the answer to what it has asked. */
export function toldAs(request: Request, version: string): ToldAs {
  const what = asked.get(request);
  if (what === undefined || 'refusal' in what) throw new MusterError(1000, `${request.method} has no answer`);
  const { row, select } = what;
  return { module: row.module, qualname: row.qualname, version, select };
}

/**
 * A failure as a peer's client takes it: it travels like a result. What several nodes were asked is merged there, and says
 * what has failed: the agents that were named, or else the node.
 */
export function failureOf(error: MusterError, request: Request | null, node: string): WazuhException {
  const what = request === null ? undefined : writtenIn(request)?.asked;
  if (what?.request_type !== 'distributed_master') return exceptionOfError(error);
  return exceptionOfPart(error, namedAgents(what.f_kwargs ?? {}) ?? [node]);
}

/** A request as a peer of this role takes it: one of its own kind as it came. Throws 3018 for a method that has no function there. */
export function sayRequest(request: Request, peer: 'master' | 'worker'): WrittenRequest {
  const { text } = request.args;
  if (request.method === CARRIED && typeof text === 'string') return WrittenRequest.read(Buffer.from(text));
  return WrittenRequest.of(ourRequest(request, peer));
}

/**
 * A request of ours as a peer of this role takes it: a worker does what it is passed, a master passes on what is others' to
 * answer. Throws 3018 for a method that has no function there.
 */
function ourRequest(request: Request, peer: 'master' | 'worker'): ApiRequest4 {
  const { method, args, timeoutMs, user } = request;
  const workTimeoutMs = asked.get(request)?.workTimeoutMs;
  const row = callables.find((one) => one.method === method && one.kwargsOf !== undefined);
  if (row?.kwargsOf === undefined)
    throw new MusterError(3018, `nodes of Wazuh 4.x have nothing like ${method}`);
  const { module, qualname, client } = row;
  const name = qualname.split('.').at(-1) ?? qualname;
  return {
    f: new Callable({ name, module, qualname, type: 'function' }),
    f_kwargs: { ...row.kwargsOf(args) },
    request_type: methods[row.method].type,
    wait_for_complete: workTimeoutMs === null,
    from_cluster: peer === 'worker',
    is_async: client !== undefined,
    local_client_arg: client ?? null,
    rbac_permissions: { rbac_mode: 'black' },
    current_user: user ?? 'wazuh',
    broadcasting: false,
    nodes: [],
    api_timeout: Math.max(1, Math.ceil((workTimeoutMs ?? timeoutMs) / MS_PER_SECOND)),
  };
}
