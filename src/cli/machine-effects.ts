import { machineEffects } from '../inspect/machines.ts';
import { noSuchMachine } from './machine-paths.ts';
import { print, printJson, table } from './output.ts';

/** `muster machines [ID] --effects`: what machines start that is no machine, of one of them or of all. */
export function showEffects(id: string | undefined, json?: true): void {
  const shown = machineEffects(id);
  if (shown === null) throw noSuchMachine(id ?? '');
  if (json) {
    printJson(shown);
    return;
  }
  const rows = shown.map(({ machine, name, kind, states, does }) => [
    machine,
    name,
    kind,
    states.join(', '),
    does,
  ]);
  print(
    rows.length === 0
      ? `${id} starts no effects.`
      : table(['MACHINE', 'EFFECT', 'KIND', 'STARTED IN', 'WHAT IT DOES'], rows),
  );
}
