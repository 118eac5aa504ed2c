import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformFilesEvent = Steps<
  | 'do.cutAndReturn'
  | 'say.new_file'
  | 'say.new_file.badName'
  | 'say.file_upd.unknown'
  | 'say.file_upd.first'
  | 'say.file_upd.gap'
  | 'say.file_upd.rest'
  | 'say.file_end'
  | 'say.file_end.unknown'
  | 'say.file_end.damaged'
  | 'say.cancel_task.transfer'
  | 'hear.ok'
  | 'hear.ok.resumed'
  | 'hear.err.1000.unknownFile'
  | 'hear.err.3027'
  | 'hear.err.3100'
  | 'hear.err.3108'
  | 'hear.err.3112'
  | 'hear.err.3114'
>;

/**
 * How a node takes a file, as its peer sees it that tests it. No file is used for anything. Specification: Protocols,
 * Common messages: new_file, file_upd, file_end, cancel_task.
 */
export const conformFilesMachine = setUpConformance<ConformFilesEvent>().createMachine({
  id: 'conformFiles',
  context: conformanceContext,
  meta: {
    begins: 'session',
    of: 'both',
    isActive: true,
    sections: { muster: 'Sending a file', wazuh4: 'Paths and packages' },
  },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'say.new_file': 'announced',
        'say.new_file.badName': { guard: 'inMuster', target: 'misnamed' },
        'say.file_upd.unknown': 'misdirected',
        'say.file_end.unknown': 'endedNothing',
      },
    },
    misnamed: { on: { 'hear.err.3114': 'idle' } },
    misdirected: {
      on: {
        'hear.err.3027': { guard: 'inMuster', target: 'idle' },
        'hear.err.1000.unknownFile': { guard: 'inWazuh4', target: 'idle' },
      },
    },
    endedNothing: {
      on: {
        'hear.err.3108': { guard: 'inMuster', target: 'idle' },
        'hear.err.1000.unknownFile': { guard: 'inWazuh4', target: 'idle' },
      },
    },
    announced: { on: { 'hear.ok': 'open' } },
    open: {
      on: {
        'say.file_upd.first': 'began',
        'say.file_upd.gap': { guard: 'inMuster', target: 'leftAGap' },
      },
    },
    leftAGap: { on: { 'hear.err.3100': 'idle' } },
    began: { on: { 'hear.ok': 'arriving' } },
    arriving: {
      on: {
        'say.file_upd.rest': 'ending',
        'say.cancel_task.transfer': { guard: 'inMuster', target: 'cancelled' },
        'do.cutAndReturn': { guard: 'inMuster', target: 'cut' },
      },
    },
    cancelled: { on: { 'hear.ok': 'cut' } },
    // What has arrived is there still.
    cut: { on: { 'say.new_file': 'announcedAgain' } },
    announcedAgain: { on: { 'hear.ok.resumed': 'arriving' } },
    ending: { on: { 'hear.ok': 'whole' } },
    whole: { on: { 'say.file_end': 'verified', 'say.file_end.damaged': 'refuted' } },
    verified: { on: { 'hear.ok': 'done' } },
    refuted: { on: { 'hear.err.3112': 'idle' } },
    done: {},
  },
});
