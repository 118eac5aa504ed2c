// Loaded before a process (`--import`): its machines are built with the wrong that MUSTER_MUTANT names.
import { registerHooks } from 'node:module';

const machines = new URL('../../machines/', import.meta.url).href;
const standIn = new URL('./xstate-with-mutant.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'xstate' && context.parentURL?.startsWith(machines)
      ? { url: standIn, shortCircuit: true, format: 'module-typescript' }
      : next(specifier, context),
});
