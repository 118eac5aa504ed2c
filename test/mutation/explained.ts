/**
 * Mutants that no test finds and that need none, because nothing that a machine's surroundings can see differs. By id
 * of the machine, then `place: operator`, each with the reason.
 */
export const explained: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'conform-hello': {
    'states.lingering.on.hear.ok.guard: guard left out':
      'this state is reached in the dialect wazuh4 only, where the guard always holds',
  },
};
