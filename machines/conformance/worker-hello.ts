import { conformanceContext, MAY_END, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerHelloEvent = Steps<
  | 'do.await'
  | 'do.drop'
  | 'do.end'
  | 'say.bye'
  | 'say.echo'
  | 'say.err.hello.nameOfMaster'
  | 'say.err.hello.nameTaken'
  | 'say.err.hello.otherCluster'
  | 'say.err.hello.otherVersion'
  | 'say.ok.hello'
  | 'say.ok.hello.malformed'
  | 'say.unreadable'
  | 'hear.closed'
  | 'hear.hello'
  | 'hear.ok'
>;

/**
 * How a worker introduces itself, as a master sees it that tests it. It connects by itself; whatever becomes of a
 * connection, it comes again. Specification: Protocols, Wazuh cluster protocol, hello.
 */
export const conformWorkerHelloMachine = setUpConformance<ConformWorkerHelloEvent>().createMachine({
  id: 'conformWorkerHello',
  context: conformanceContext,
  meta: { begins: 'away', of: 'worker', sections: { muster: 'hello', wazuh4: 'What is different' } },
  initial: 'away',
  states: {
    away: { on: { 'do.await': 'connected' } },
    connected: { tags: MAY_END, on: { 'hear.hello': 'greeted' } },
    greeted: {
      tags: MAY_END,
      on: {
        'say.ok.hello': 'admitted',
        // An original does not look at what an answer says.
        'say.ok.hello.malformed': { guard: 'inMuster', target: 'rejected' },
        'say.err.hello.nameTaken': 'rejected',
        'say.err.hello.nameOfMaster': 'rejected',
        'say.err.hello.otherCluster': 'rejected',
        'say.err.hello.otherVersion': 'rejected',
        'say.unreadable': 'rejected',
        'say.bye': { guard: 'inMuster', target: 'dismissed' },
        'do.drop': 'connected',
      },
    },
    // Whoever is not taken goes, and tries again.
    rejected: { on: { 'hear.closed': 'left' } },
    left: { tags: MAY_END, on: { 'do.await': 'connected' } },
    admitted: {
      on: {
        'do.drop': 'connected',
        // At once, while the answer to hello may still be on its way, and later.
        'say.bye': { guard: 'inMuster', target: 'dismissed' },
        'say.echo': 'asked',
      },
    },
    asked: { on: { 'hear.ok': 'served' } },
    served: { on: { 'say.bye': { guard: 'inMuster', target: 'dismissedLater' } } },
    dismissedLater: { tags: MAY_END, on: { 'do.end': 'rejected' } },
    dismissed: { tags: MAY_END, on: { 'do.end': 'rejected' } },
  },
});
