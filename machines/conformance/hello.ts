import { conformanceContext, MAY_END, type Steps, setUpConformance } from './terms.ts';

export type ConformHelloEvent = Steps<
  | 'do.connect'
  | 'do.connect.wrongKey'
  | 'do.connect.silently'
  | 'do.returnAsNewer'
  | 'say.hello'
  | 'say.hello.otherCluster'
  | 'say.hello.badName'
  | 'say.hello.nameOfMaster'
  | 'say.hello.otherVersion'
  | 'say.hello.twin'
  | 'say.hello.malformed'
  | 'say.hello.tooLong'
  | 'say.hello.again'
  | 'say.echo'
  | 'say.no_such'
  | 'say.unreadable'
  | 'hear.ok'
  | 'hear.err.1000.tooFewWords'
  | 'hear.err.3028'
  | 'hear.err.3029'
  | 'hear.err.3030'
  | 'hear.err.3031'
  | 'hear.err.3100'
  | 'hear.err.3105'
  | 'hear.err.3109'
  | 'hear.bye'
  | 'hear.closed'
>;

/**
 * Who may join, as a worker sees it that tests a master. Nothing runs it in a node: `muster conform` walks its paths, over
 * a real connection. Specification: Protocols, Wazuh cluster protocol, hello.
 */
export const conformHelloMachine = setUpConformance<ConformHelloEvent>().createMachine({
  id: 'conformHello',
  context: conformanceContext,
  meta: { begins: 'away', sections: { muster: 'hello', wazuh4: 'What is different' } },
  initial: 'away',
  states: {
    away: {
      on: {
        'do.connect': 'stranger',
        'do.connect.wrongKey': 'untrusted',
        'do.connect.silently': { guard: 'inMuster', target: 'unheard' },
      },
    },
    untrusted: {
      meta: { sections: { muster: 'A key that both know (`psk`, the default)', wazuh4: 'Tokens' } },
      on: { 'hear.closed': 'gone' },
    },
    stranger: {
      on: {
        'say.hello': 'introduced',
        'say.hello.otherCluster': 'ofAnotherCluster',
        'say.hello.badName': 'misnamed',
        'say.hello.nameOfMaster': 'namedAsMaster',
        'say.hello.otherVersion': 'ofAnotherVersion',
        'say.hello.twin': 'namedAsAnother',
        'say.hello.malformed': 'malformed',
        'say.hello.tooLong': { guard: 'inMuster', target: 'unheard' },
        'say.echo': 'early',
        'say.no_such': 'earlyUnknown',
        'say.unreadable': 'unheard',
      },
    },
    introduced: { on: { 'hear.ok': 'admitted' } },
    ofAnotherCluster: { on: { 'hear.err.3030': 'refused' } },
    misnamed: {
      on: { 'hear.err.3105': 'refused', 'hear.ok': { guard: 'takesAnyName', target: 'admitted' } },
    },
    namedAsMaster: { on: { 'hear.err.3029': 'refused' } },
    ofAnotherVersion: { on: { 'hear.err.3031': 'refused' } },
    namedAsAnother: { on: { 'hear.err.3028': 'refused' } },
    malformed: {
      on: {
        'hear.closed': 'gone',
        'hear.err.1000.tooFewWords': { guard: 'inWazuh4', target: 'refused' },
      },
    },
    early: { on: { 'hear.closed': 'gone', 'hear.ok': { guard: 'servesStrangers', target: 'served' } } },
    earlyUnknown: {
      on: { 'hear.closed': 'gone', 'hear.err.3109': { guard: 'servesStrangers', target: 'served' } },
    },
    served: { on: { 'say.hello': 'introduced' } },
    // Closing is the business of the worker there, so it has to be asked whether the connection is still served.
    refused: {
      tags: MAY_END,
      on: {
        'hear.closed': { guard: 'inMuster', target: 'gone' },
        'say.echo': { guard: 'inWazuh4', target: 'lingering' },
      },
    },
    lingering: { on: { 'hear.closed': 'gone', 'hear.ok': { guard: 'keepsTheRefused', target: 'kept' } } },
    admitted: {
      on: {
        // An original forgets whose connection it is, and keeps the name until it is started anew: there it is not tried.
        'say.hello.again': { guard: 'inMuster', target: 'saidTwice' },
        'do.returnAsNewer': { guard: 'inMuster', target: 'superseded' },
      },
    },
    saidTwice: { on: { 'hear.err.3100': 'admitted' } },
    superseded: { on: { 'hear.bye': 'dismissed' } },
    dismissed: { on: { 'hear.closed': 'gone' } },
    unheard: { on: { 'hear.closed': 'gone' } },
    kept: {},
    gone: { type: 'final' },
  },
});
