import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { catalog } from './catalog.ts';
import { effectDescriptions } from './effect-descriptions.ts';
import { effectKind } from './not-provided.ts';

/** Something that a machine starts and that is no machine: it acts on the world, and tells how that went. */
export interface EffectEntry {
  /** `integrity-check/scan`: the machine's id in the catalogue, and the name of the effect there. */
  readonly id: string;
  readonly machine: string;
  readonly name: string;
  /** `promise`: ends once, with a result or an error. `callback`: lives as long as its state, and sends events. */
  readonly kind: 'promise' | 'callback';
  /** The states that start it, as the machine names them; the machine itself where it lives as long. */
  readonly states: readonly string[];
  /** What the actors are called that run it. */
  readonly actors: readonly string[];
  /** What it does, in words. */
  readonly does: string;
}

type StateNode = AnyStateMachine['root'];

function* statesBelow(state: StateNode): Generator<StateNode> {
  yield state;
  for (const below of Object.values(state.states)) yield* statesBelow(below);
}

/** Every effect of every machine of the catalogue, derived from the machines but for the words. */
export const effects: readonly EffectEntry[] = catalog.flatMap(({ id, machine }) =>
  Object.entries(machine.implementations.actors as Record<string, AnyActorLogic>).flatMap(([name, logic]) => {
    const kind = effectKind(logic);
    if (kind === null) return [];
    const started = [...statesBelow(machine.root)].flatMap((state) =>
      state.invoke.filter(({ src }) => src === name).map((invoke) => ({ state: state.id, actor: invoke.id })),
    );
    return [
      {
        id: `${id}/${name}`,
        machine: id,
        name,
        kind,
        states: started.map(({ state }) => state),
        actors: started.map(({ actor }) => actor),
        does: effectDescriptions[id]?.[name] ?? '',
      },
    ];
  }),
);
