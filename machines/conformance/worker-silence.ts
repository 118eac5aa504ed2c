import { conformanceContext, MAY_END, OUTLASTED, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerSilenceEvent = Steps<
  'do.await' | 'do.fallSilent' | 'say.ok.hello' | 'hear.closed' | 'hear.echo-c' | 'hear.hello'
>;

/**
 * What a worker does when its master falls silent: before it has accepted it, or when it answers no keepalives, or sends
 * none, as a master sees it that tests it. Specification: Protocols, hello; Keep alive thread.
 */
export const conformWorkerSilenceMachine = setUpConformance<ConformWorkerSilenceEvent>().createMachine({
  id: 'conformWorkerSilence',
  context: conformanceContext,
  meta: {
    begins: 'away',
    of: 'worker',
    isPatient: true,
    sections: { muster: 'Keepalives', wazuh4: 'What is different' },
  },
  initial: 'away',
  states: {
    away: { on: { 'do.await': 'connected' } },
    connected: { tags: MAY_END, on: { 'hear.hello': 'greeted' } },
    // Whoever gets no answer to hello goes, and tries again.
    greeted: {
      tags: [MAY_END, OUTLASTED],
      meta: { sections: { muster: 'hello', wazuh4: 'What is different' } },
      on: { 'say.ok.hello': 'admitted', 'hear.closed': 'left' },
    },
    left: { tags: MAY_END, on: { 'do.await': 'connected' } },
    admitted: {
      on: {
        'hear.echo-c': 'doubted',
        // An original does not look whether its master sends any.
        'do.fallSilent': { guard: 'inMuster', target: 'unheard' },
      },
    },
    doubted: { on: { 'hear.echo-c': 'lost' } },
    lost: { tags: OUTLASTED, on: { 'hear.closed': 'gone' } },
    unheard: { tags: OUTLASTED, on: { 'hear.closed': 'gone' } },
    gone: { type: 'final' },
  },
});
