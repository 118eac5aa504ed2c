/** How much may be under way at one place: in all, and of one source. */
export interface LaneLimits {
  readonly max: number;
  readonly maxOfSource: number;
}

interface Active {
  readonly source: string;
  readonly part: string;
}

/** The parts of one client or node that wait, first come first. */
interface Source {
  readonly source: string;
  readonly parts: readonly string[];
}

/** What is under way to one place, and what waits for it. The source that was served last stands last. */
export interface Lane {
  readonly active: readonly Active[];
  readonly waiting: readonly Source[];
}

export const emptyLane: Lane = { active: [], waiting: [] };

export const isEmpty = ({ active, waiting }: Lane): boolean => active.length === 0 && waiting.length === 0;

export const waitingIn = ({ waiting }: Lane): number =>
  waiting.reduce((sum, { parts }) => sum + parts.length, 0);

export const waitingOf = ({ waiting }: Lane, source: string): number =>
  waiting.find((other) => other.source === source)?.parts.length ?? 0;

/** Whether a part of this source may begin. */
export function hasRoom({ active }: Lane, source: string, { max, maxOfSource }: LaneLimits): boolean {
  if (active.length >= max) return false;
  return (
    active.length < maxOfSource || active.filter((other) => other.source === source).length < maxOfSource
  );
}

export const begin = (lane: Lane, source: string, part: string): Lane => ({
  ...lane,
  active: [...lane.active, { source, part }],
});

export function enqueue(lane: Lane, source: string, part: string): Lane {
  const known = lane.waiting.some((other) => other.source === source);
  const waiting = known
    ? lane.waiting.map((other) =>
        other.source === source ? { source, parts: [...other.parts, part] } : other,
      )
    : [...lane.waiting, { source, parts: [part] }];
  return { ...lane, waiting };
}

/** The part whose turn is next, if there is room for it: the sources take turns. */
export const next = (lane: Lane, limits: LaneLimits): string | null =>
  lane.waiting.find(({ source }) => hasRoom(lane, source, limits))?.parts[0] ?? null;

/** The next part begins, and its source goes to the end of the row. */
export function beginNext(lane: Lane, limits: LaneLimits): Lane {
  const first = lane.waiting.find(({ source }) => hasRoom(lane, source, limits));
  const [part, ...left] = first?.parts ?? [];
  if (first === undefined || part === undefined) return lane;
  const others = lane.waiting.filter((other) => other !== first);
  const waiting = left.length === 0 ? others : [...others, { source: first.source, parts: left }];
  return begin({ ...lane, waiting }, first.source, part);
}

/** Without a part, wherever it stands. */
export function without({ active, waiting }: Lane, part: string): Lane {
  const others = active.filter((other) => other.part !== part);
  if (others.length < active.length) return { active: others, waiting };
  return {
    active,
    waiting: waiting
      .map(({ source, parts }) => ({ source, parts: parts.filter((other) => other !== part) }))
      .filter(({ parts }) => parts.length > 0),
  };
}
