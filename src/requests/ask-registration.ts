import { wireError } from '../protocol/commands/shapes.ts';
import { MusterError } from '../protocol/errors.ts';
import { AGENT_NAME_RULE } from '../registration/new-keys.ts';
import type { Registration } from '../registration/registration.ts';

/** What an agent is registered with. */
export interface RegisteredAgent {
  readonly id: string;
  readonly name: string;
  readonly ip: string;
  readonly key: string;
}

/** What a registration says to an order that it has carried out. */
export interface RegistrationAnswer {
  readonly data: unknown;
  /** What has not been done all the same, such as 3216; null if nothing is left to do. */
  readonly warning: MusterError | null;
}

/** Refusals of authd, and the codes that nodes have for the same. */
const CODES: Readonly<Record<number, number>> = {
  9005: 3210,
  9006: 3210,
  9007: 1706,
  9008: 1705,
  9009: 3210,
  9010: 3210,
  9011: 1701,
  9012: 1708,
  9013: 3210,
  9014: 1710,
};

/** Of what an order may carry. */
type Args = Readonly<Partial<Record<'name' | 'ip' | 'id' | 'groups', string>>>;

/** What is wrong with which part of an order, for which authd has no words. */
const WORDS: Readonly<Record<number, (args: Args) => string | undefined>> = {
  9005: () => `a name is needed, of ${AGENT_NAME_RULE}`,
  9006: () => 'an address is needed, or a network such as 10.0.0.0/24, or `any`',
  9007: ({ ip }) => ip,
  9008: ({ name }) => name,
  9011: ({ id }) => id,
  9012: ({ id }) => id,
  9014: ({ groups = '' }) =>
    groups.includes(',') ? `at least one of ${groups.replaceAll(',', ', ')}` : groups,
};

/**
 * Has an order carried out. Rejects with 1701, 1705, 1706, 1708, 1710, 3210 for what was refused; for what failed there with its
 * cause, or 1014 where authd tells none; and with what `Registration` rejects with.
 */
export async function askRegistration(
  registration: Registration,
  order: { readonly function: 'add' | 'remove' | 'get'; readonly arguments: Args },
  signal: AbortSignal,
): Promise<RegistrationAnswer> {
  const answer = parsed(await registration.request(JSON.stringify(order), signal));
  if (answer.error === 0) return { data: answer.data, warning: errorIn(answer.warning) };
  const cause = errorIn(answer.cause);
  if (cause !== null) throw cause;
  const told = typeof answer.message === 'string' ? answer.message : `error ${answer.error}`;
  const words = WORDS[answer.error]?.(order.arguments) ?? told;
  throw new MusterError(CODES[answer.error] ?? 1014, words);
}

/** An error as one node of Muster tells another; null where there is none, as authd tells none. */
function errorIn(value: unknown): MusterError | null {
  const { data } = wireError.safeParse(value);
  return data === undefined ? null : MusterError.fromWire(data);
}

/** The agent that `add` and `get` answer with. Throws 3213. */
export function registeredAgent(data: unknown): RegisteredAgent {
  const { id, name, ip, key } = (data ?? {}) as Record<string, unknown>;
  if (![id, name, ip, key].every((value) => typeof value === 'string')) {
    throw new MusterError(3213, 'it tells no agent');
  }
  return { id, name, ip, key } as RegisteredAgent;
}

interface Parsed {
  readonly error: number;
  readonly data?: unknown;
  readonly warning?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

function parsed(text: string): Parsed {
  try {
    const answer = JSON.parse(text);
    if (typeof answer?.error === 'number') return answer;
  } catch {
    // It is told below that it is none.
  }
  throw new MusterError(3213, 'it is no JSON with an error number');
}
