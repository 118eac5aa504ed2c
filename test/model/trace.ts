import type { AnyEventObject } from 'xstate';
import type { Deeds, Trace } from '../harness/replay.ts';

/** A failure as a peer or an effect reports it. */
export const failure = (code = 3111) => ({ code, message: `failure ${code} of the model` });

/** What an effect throws. */
export const thrown = (code = 3119) => Object.assign(new Error(`error ${code} of the model`), { code });

/** The parameters of every action of these names, in order. */
export const paramsOf = <Params = Record<string, unknown>>(
  { actions }: Deeds,
  ...types: string[]
): Params[] => actions.filter(({ type }) => types.includes(type)).map(({ params }) => params as Params);

/** How often these actions were done, all together. */
export const count = (deeds: Deeds, ...types: string[]): number =>
  deeds.actions.filter(({ type }) => types.includes(type)).length;

/** How many of the events so far are of this type. */
export const heard = ({ events }: Pick<Trace, 'events'>, type: string): number =>
  events.filter((event) => event.type === type).length;

/** The event that was just played; null before the first. */
export const lastEvent = ({ events }: Pick<Trace, 'events'>): AnyEventObject | null => events.at(-1) ?? null;

/** The children that run. */
export const live = ({ cast }: Pick<Trace, 'cast'>): string[] => cast.live.map(({ id }) => id).sort();
