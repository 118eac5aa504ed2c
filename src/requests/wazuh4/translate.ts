import type { ArgsOf } from '../../protocol/commands.ts';
import type { wazuh4ClusterCommands } from '../../protocol/dialects/wazuh4/commands/cluster.ts';
import type { Wazuh4Args } from '../../protocol/dialects/wazuh4/dialect.ts';
import { exceptionOfError, shown } from '../../protocol/dialects/wazuh4/exceptions.ts';
import { Callable, type JsonObject, textOfObjects } from '../../protocol/dialects/wazuh4/objects.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_DEADLINE_MS } from '../../protocol/limits.ts';
import { methods } from '../methods.ts';
import { rowOf, type ToldAs } from './answers.ts';
import { type CallableRow, callables } from './callables.ts';
import { mayKnowAll } from './permissions.ts';

type Request = ArgsOf<'dapi'>['request'];
type Request4 = Wazuh4Args<typeof wazuh4ClusterCommands, 'dapi'>['request'];

/** What a request of a peer asks for, or why it is refused. */
type Asked =
  | { readonly row: CallableRow; readonly select: readonly string[] | null }
  | { readonly refusal: MusterError };

/** By the request in our terms: what it was in those of the peer. */
const asked = new WeakMap<Request, Asked>();

const MS_PER_SECOND = 1000;
const DEFAULT_TIMEOUT_S = 10;
/** For those who wait until it is complete; what a forwarded request may take at the originals. */
const PATIENT_S = 200;
/** What is called for what is not on the list; there is no such method. */
const NO_METHOD = 'unknown';

/**
 * A request of a peer's in our terms. It never throws: one that is refused is a request too, because whoever asked waits
 * for its answer.
 */
export function understandRequest(request: Request4): Request {
  const { f_kwargs: kwargs = {}, api_timeout, wait_for_complete: waits, current_user: user } = request;
  const seconds = waits === true ? PATIENT_S : Math.max(api_timeout ?? 0, DEFAULT_TIMEOUT_S);
  const about = {
    nodes: null,
    user: user ?? null,
    permissions: {},
    timeoutMs: Math.min(seconds * MS_PER_SECOND, MAX_DEADLINE_MS),
  };
  const row = rowOf(request.f);
  try {
    if (row === undefined) throw new MusterError(3300, shown(`${request.f.module}.${request.f.qualname}`));
    const denied = row.actions.find((action) => !mayKnowAll(action, request.rbac_permissions));
    if (denied !== undefined) throw new MusterError(4000, denied);
    const args = row.argsOf(kwargs) as Request['args'];
    return known(
      { ...about, method: row.method, args, type: methods[row.method].type },
      { row, select: selectIn(kwargs) },
    );
  } catch (error) {
    return known(
      { ...about, method: NO_METHOD, args: {}, type: 'local_any' },
      { refusal: MusterError.from(error) },
    );
  }
}

function known(request: Request, what: Asked): Request {
  asked.set(request, what);
  return request;
}

/** Throws why a request of a peer is refused. */
export function checkAsked(request: Request): void {
  const what = asked.get(request);
  if (what !== undefined && 'refusal' in what) throw what.refusal;
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

/** A failure as a peer's client takes it: it travels like a result. */
export function failureText(error: MusterError): string {
  return textOfObjects(exceptionOfError(error));
}

/**
 * A request of ours as a peer of this role takes it: a worker does what it is passed, a master passes on what is others' to
 * answer. Throws 3018 for a method that has no function there.
 */
export function sayRequest({ method, args, timeoutMs, user }: Request, peer: 'master' | 'worker'): Request4 {
  const row = callables.find((one) => one.method === method && one.kwargsOf !== undefined);
  if (row?.kwargsOf === undefined)
    throw new MusterError(3018, `nodes of Wazuh 4.x have nothing like ${method}`);
  const { module, qualname, client } = row;
  const name = qualname.split('.').at(-1) ?? qualname;
  return {
    f: new Callable({ name, module, qualname, type: 'function' }),
    f_kwargs: { ...row.kwargsOf(args) },
    request_type: methods[row.method].type,
    wait_for_complete: false,
    from_cluster: peer === 'worker',
    is_async: client !== undefined,
    local_client_arg: client ?? null,
    rbac_permissions: { rbac_mode: 'black' },
    current_user: user ?? 'wazuh',
    broadcasting: false,
    nodes: [],
    api_timeout: Math.max(1, Math.ceil(timeoutMs / MS_PER_SECOND)),
  };
}
