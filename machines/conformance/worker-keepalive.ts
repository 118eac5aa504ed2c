import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerKeepaliveEvent = Steps<
  'say.ok.echo-c' | 'say.err.echo-c' | 'hear.echo-c' | 'hear.closed'
>;

/**
 * The keepalives of a worker, as a master sees them that tests it. Two in a row that are not answered well end the
 * connection; one that is answered begins the count anew. Specification: Keep alive thread.
 */
export const conformWorkerKeepaliveMachine = setUpConformance<ConformWorkerKeepaliveEvent>().createMachine({
  id: 'conformWorkerKeepalive',
  context: conformanceContext,
  meta: { of: 'worker', sections: { muster: 'Keepalives', wazuh4: 'What is different' } },
  initial: 'admitted',
  states: {
    admitted: { on: { 'hear.echo-c': 'asked' } },
    asked: { on: { 'say.ok.echo-c': 'alive', 'say.err.echo-c': 'doubted' } },
    alive: { on: { 'hear.echo-c': 'asked' } },
    doubted: { on: { 'hear.echo-c': 'askedAgain' } },
    askedAgain: { on: { 'say.ok.echo-c': 'alive', 'say.err.echo-c': 'lost' } },
    lost: { on: { 'hear.closed': 'gone' } },
    gone: { type: 'final' },
  },
});
