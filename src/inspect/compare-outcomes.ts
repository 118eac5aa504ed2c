import { isDeepStrictEqual } from 'node:util';
import type { Plain } from './records.ts';
import type { Outcome } from './replay.ts';
import { transitionKey } from './transitions.ts';

/** What recording and machine say, where they say two things. */
export interface Difference {
  readonly recorded: string;
  readonly allowed: string;
}

/** The first difference, what matters most first; null where there is none. */
export function differenceOf(recorded: Outcome, allowed: Outcome): Difference | null {
  for (const aspect of ASPECTS) {
    const [one, other] = [aspect.of(recorded), aspect.of(allowed)];
    if (!isDeepStrictEqual(one, other)) return aspect.told(one, other);
  }
  return null;
}

interface Aspect {
  readonly of: (outcome: Outcome) => Plain;
  readonly told: (recorded: Plain, allowed: Plain) => Difference;
}

const place: Aspect = {
  of: ({ state: { value, status } }) => [value, status],
  told: (recorded, allowed) => ({ recorded: placeText(recorded), allowed: placeText(allowed) }),
};

const placeText = (place: Plain) => {
  const [value, status] = place as readonly [Plain, string];
  return `${JSON.stringify(value)} ${status}`;
};

const ASPECTS: readonly Aspect[] = [
  place,
  named('by', ({ taken }) => taken.map((each) => transitionKey(each).replaceAll('\n', ' '))),
  named('context', ({ state }) => withoutNumbersOfActors(state.context)),
  named('children', ({ state }) => [...state.children].sort()),
  named('result', ({ state }) => withoutNumbersOfActors(state.result)),
];

/** Of two records only those fields are told that differ. */
function named(name: string, of: Aspect['of']): Aspect {
  return {
    of,
    told: (recorded, allowed) => {
      const say = (one: Plain, other: Plain) => `${name} ${JSON.stringify(fieldsUnlike(one, other))}`;
      return { recorded: say(recorded, allowed), allowed: say(allowed, recorded) };
    },
  };
}

function fieldsUnlike(value: Plain, other: Plain): Plain {
  if (!isRecord(value) || !isRecord(other)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([field, part]) => !isDeepStrictEqual(part, other[field])),
  );
}

const isRecord = (value: Plain): value is { readonly [key: string]: Plain } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An actor has another number each time that it is started. */
function withoutNumbersOfActors(value: Plain): Plain {
  if (Array.isArray(value)) return value.map(withoutNumbersOfActors);
  if (!isRecord(value)) return value;
  const { actor, id, ...others } = value;
  if (typeof actor === 'string' && typeof id === 'string' && Object.keys(others).length === 0) return { id };
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withoutNumbersOfActors(part)]),
  );
}
