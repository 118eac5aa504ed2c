/** The parts of one client or node that wait, first come first. */
interface Source {
  readonly source: string;
  readonly parts: readonly string[];
}

/** What is under way to one place, and what waits for it. The source that was served last stands last. */
export interface Lane {
  readonly active: readonly string[];
  readonly waiting: readonly Source[];
}

export const emptyLane: Lane = { active: [], waiting: [] };

export const isEmpty = ({ active, waiting }: Lane): boolean => active.length === 0 && waiting.length === 0;

export const waitingIn = ({ waiting }: Lane): number =>
  waiting.reduce((sum, { parts }) => sum + parts.length, 0);

export const waitingOf = ({ waiting }: Lane, source: string): number =>
  waiting.find((other) => other.source === source)?.parts.length ?? 0;

export const begin = (lane: Lane, part: string): Lane => ({ ...lane, active: [...lane.active, part] });

export function enqueue(lane: Lane, source: string, part: string): Lane {
  const known = lane.waiting.some((other) => other.source === source);
  const waiting = known
    ? lane.waiting.map((other) =>
        other.source === source ? { source, parts: [...other.parts, part] } : other,
      )
    : [...lane.waiting, { source, parts: [part] }];
  return { ...lane, waiting };
}

/** The part whose turn is next: the sources take turns. */
export const next = ({ waiting }: Lane): string | null => waiting[0]?.parts[0] ?? null;

/** The next part begins, and its source goes to the end of the row. */
export function beginNext(lane: Lane): Lane {
  const [first, ...others] = lane.waiting;
  const [part, ...left] = first?.parts ?? [];
  if (first === undefined || part === undefined) return lane;
  const waiting = left.length === 0 ? others : [...others, { source: first.source, parts: left }];
  return { active: [...lane.active, part], waiting };
}

/** Without a part, wherever it stands. */
export function without({ active, waiting }: Lane, part: string): Lane {
  if (active.includes(part)) return { active: active.filter((other) => other !== part), waiting };
  return {
    active,
    waiting: waiting
      .map(({ source, parts }) => ({ source, parts: parts.filter((other) => other !== part) }))
      .filter(({ parts }) => parts.length > 0),
  };
}
