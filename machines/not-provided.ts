import { fromCallback, fromPromise } from 'xstate';

/** What a machine names and nobody provided: it fails loudly, at the first use, with the name of what is missing. */
function missing(name: string): never {
  throw new Error(`${name} is not provided: src/node must hand it to the machine`);
}

/** Placeholder of a named action. */
export const actionNotProvided = (name: string) => () => missing(name);

type EffectKind = 'promise' | 'callback';
const kinds = new WeakMap<object, EffectKind>();

/** What kind of effect a placeholder stands for; null for what is none. */
export const effectKind = (logic: object): EffectKind | null => kinds.get(logic) ?? null;

function placeholder<Logic extends object>(kind: EffectKind, logic: Logic): Logic {
  kinds.set(logic, kind);
  return logic;
}

/** Placeholder of a named effect that ends once. */
export const promiseNotProvided = <Output, Input>(name: string) =>
  placeholder(
    'promise',
    fromPromise<Output, Input>(async () => missing(name)),
  );

/** Placeholder of a named effect that lives as long as its state. */
export const callbackNotProvided = <Received extends { type: string }, Input>(name: string) =>
  placeholder(
    'callback',
    fromCallback<Received, Input>(() => missing(name)),
  );

/** Placeholder of a named delay that depends on more than the machine knows, such as chance. */
export const delayNotProvided = (name: string) => () => missing(name);
