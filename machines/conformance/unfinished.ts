import { conformanceContext, OUTLASTED, type Steps, setUpConformance } from './terms.ts';

export type ConformUnfinishedEvent = Steps<
  | 'do.outlast'
  | 'say.echo.begun'
  | 'say.new_str'
  | 'say.str_upd.first'
  | 'say.new_file'
  | 'say.file_upd.first'
  | 'say.file_upd.rest'
  | 'hear.ok'
  | 'hear.ok.resumed'
  | 'hear.err.3027'
  | 'hear.closed'
>;

/**
 * What a node does with strings, files and messages that are begun and never end, as its peer sees it that tests it. An
 * original waits for them as long as the connection lasts. Specification: Protocols, Common messages.
 */
export const conformUnfinishedMachine = setUpConformance<ConformUnfinishedEvent>().createMachine({
  id: 'conformUnfinished',
  context: conformanceContext,
  meta: {
    of: 'both',
    isPatient: true,
    sections: { muster: 'Sending a file', wazuh4: 'What is different' },
  },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'say.new_str': { guard: 'inMuster', target: 'string.announced' },
        'say.new_file': { guard: 'inMusterWhenActive', target: 'file.announced' },
        'say.echo.begun': { guard: 'inMuster', target: 'incomplete' },
      },
    },
    string: {
      meta: { sections: { muster: 'Sending a long string', wazuh4: 'Commands' } },
      initial: 'announced',
      states: {
        announced: { on: { 'hear.ok': 'reserved' } },
        reserved: { on: { 'do.outlast': 'forgotten' } },
        forgotten: { on: { 'say.str_upd.first': 'tooLate' } },
        tooLate: { on: { 'hear.err.3027': '#conformUnfinished.idle' } },
      },
    },
    file: {
      initial: 'announced',
      states: {
        announced: { on: { 'hear.ok': 'open' } },
        open: { on: { 'say.file_upd.first': 'began' } },
        began: { on: { 'hear.ok': 'arriving' } },
        arriving: { on: { 'do.outlast': 'forgotten' } },
        forgotten: { on: { 'say.file_upd.rest': 'tooLate' } },
        tooLate: { on: { 'hear.err.3027': 'cut' } },
        // What has arrived is there still.
        cut: { on: { 'say.new_file': 'announcedAgain' } },
        announcedAgain: { on: { 'hear.ok.resumed': 'resumed' } },
        resumed: {},
      },
    },
    incomplete: {
      tags: OUTLASTED,
      meta: { sections: { muster: 'Frames', wazuh4: 'Frames' } },
      on: { 'hear.closed': 'gone' },
    },
    gone: { type: 'final' },
  },
});
