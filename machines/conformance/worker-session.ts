import { setup } from 'xstate';
import {
  type ConformanceInput,
  type ConformanceMeta,
  conformanceContext,
  type Steps,
  spokenGuards,
} from './terms.ts';

export type ConformWorkerSessionEvent = Steps<
  | 'do.cutAndReturn'
  | 'say.cancel_task.unknown'
  | 'say.echo'
  | 'say.echo-m'
  | 'say.echo.divided'
  | 'say.echo.inPieces'
  | 'say.echo.malformed'
  | 'say.echo.noValue'
  | 'say.echo.twice'
  | 'say.get_files'
  | 'say.new_str.malformed'
  | 'say.no_such'
  | 'say.ok.stray'
  | 'say.syn_i_w_m'
  | 'say.tooLong'
  | 'say.unreadable'
  | 'hear.closed'
  | 'hear.err.3100'
  | 'hear.err.3108'
  | 'hear.err.3109'
  | 'hear.ok'
>;

/**
 * What a worker answers at any time, and what it does with requests that are none, as a master sees it that tests it.
 * Specification: Protocols, Protocol definition and Common messages.
 */
export const conformWorkerSessionMachine = setup({
  types: {
    context: {} as ConformanceInput,
    input: {} as ConformanceInput,
    events: {} as ConformWorkerSessionEvent,
    meta: {} as ConformanceMeta,
  },
  guards: spokenGuards,
}).createMachine({
  id: 'conformWorkerSession',
  context: conformanceContext,
  meta: { of: 'worker', sections: { muster: 'Requests and replies', wazuh4: 'Replies and errors' } },
  initial: 'admitted',
  states: {
    admitted: {
      on: {
        'say.echo': 'asked',
        'say.echo.divided': 'askedInParts',
        'say.echo.inPieces': 'asked',
        'say.echo.twice': 'askedTwice',
        'say.echo-m': 'askedWhetherAlive',
        'say.cancel_task.unknown': 'asked',
        'say.get_files': { guard: 'inMuster', target: 'asked' },
        'say.new_str.malformed': 'misspoken',
        'say.echo.malformed': { guard: 'inMuster', target: 'misspoken' },
        'say.echo.noValue': { guard: 'inMuster', target: 'babbled' },
        'say.no_such': 'unknown',
        'say.syn_i_w_m': 'unknown',
        'say.ok.stray': 'answeredNobody',
        'say.unreadable': 'unread',
        'say.tooLong': { guard: 'inMuster', target: 'unread' },
        'do.cutAndReturn': 'admitted',
      },
    },
    asked: { on: { 'hear.ok': 'admitted' } },
    askedInParts: {
      meta: { sections: { muster: 'Frames', wazuh4: 'Frames' } },
      on: { 'hear.ok': 'admitted' },
    },
    askedTwice: { on: { 'hear.ok': 'asked' } },
    askedWhetherAlive: {
      meta: { sections: { muster: 'Keepalives', wazuh4: 'What is different' } },
      on: { 'hear.ok': 'admitted' },
    },
    misspoken: { on: { 'hear.err.3108': 'admitted' } },
    babbled: {
      meta: { sections: { muster: 'Values: MessagePack', wazuh4: 'JSON' } },
      on: { 'hear.err.3100': 'admitted' },
    },
    unknown: { on: { 'hear.err.3109': 'admitted' } },
    answeredNobody: { on: { 'say.echo': 'askedAfterwards' } },
    askedAfterwards: {
      on: {
        'hear.ok': 'admitted',
        'hear.err.3109': { guard: 'answersStrayAnswers', target: 'asked' },
      },
    },
    unread: {
      meta: { sections: { muster: 'Frames', wazuh4: 'Tokens' } },
      on: { 'hear.closed': 'gone' },
    },
    gone: { type: 'final' },
  },
});
