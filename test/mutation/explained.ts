/**
 * Mutants that no test finds and that need none, because nothing that a machine's surroundings can see differs. By id
 * of the machine, then `place: operator`, each with the reason.
 */
export const explained: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
