import type { Steps } from './terms.ts';

/** What is said to a node of either kind that answers it at any time, and what comes back. */
export type AtAnyTimeEvent = Steps<
  | 'do.cutAndReturn'
  | 'say.echo'
  | 'say.echo.divided'
  | 'say.echo.inPieces'
  | 'say.echo.twice'
  | 'say.echo.malformed'
  | 'say.echo.noValue'
  | 'say.new_str.malformed'
  | 'say.no_such'
  | 'say.ok.stray'
  | 'say.unreadable'
  | 'say.tooLong'
  | 'hear.ok'
  | 'hear.err.1000.notANumber'
  | 'hear.err.3100'
  | 'hear.err.3108'
  | 'hear.err.3109'
  | 'hear.closed'
>;

/** Transitions of the state in which nothing is asked. What else a side is asked leads to the same states. */
export const saidAtAnyTime = {
  'say.echo': 'asked.plainly',
  'say.echo.divided': 'asked.inParts',
  'say.echo.inPieces': 'asked.plainly',
  'say.echo.twice': 'askedTwice',
  'say.new_str.malformed': 'misspoken',
  'say.echo.malformed': { guard: 'inMuster', target: 'misspoken' },
  'say.echo.noValue': { guard: 'inMuster', target: 'babbled' },
  'say.no_such': 'unknown',
  'say.ok.stray': 'answeredNobody',
  'say.unreadable': 'unread',
  'say.tooLong': { guard: 'inMuster', target: 'unread' },
  'do.cutAndReturn': 'admitted',
} as const;

/** The states that these lead to; all of them lead back to `admitted`, or to the end. */
export const statesAtAnyTime = {
  askedTwice: { on: { 'hear.ok': 'asked.plainly' } },
  asked: {
    initial: 'plainly',
    on: { 'hear.ok': 'admitted' },
    states: {
      plainly: {},
      inParts: { meta: { sections: { muster: 'Frames', wazuh4: 'Frames' } } },
      whetherAlive: { meta: { sections: { muster: 'Keepalives', wazuh4: 'What is different' } } },
    },
  },
  misspoken: {
    on: {
      'hear.err.3108': 'admitted',
      'hear.err.1000.notANumber': { guard: 'inWazuh4', target: 'admitted' },
    },
  },
  babbled: {
    meta: { sections: { muster: 'Values: MessagePack', wazuh4: 'JSON' } },
    on: { 'hear.err.3100': 'admitted' },
  },
  unknown: { on: { 'hear.err.3109': 'admitted' } },
  answeredNobody: { on: { 'say.echo': 'askedAfterwards' } },
  askedAfterwards: {
    on: {
      'hear.ok': 'admitted',
      'hear.err.3109': { guard: 'answersStrayAnswers', target: 'asked.plainly' },
    },
  },
  unread: {
    meta: { sections: { muster: 'Frames', wazuh4: 'Tokens' } },
    on: { 'hear.closed': 'gone' },
  },
  gone: { type: 'final' },
} as const;
