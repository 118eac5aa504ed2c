import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformStringsEvent = Steps<
  | 'do.fillTransfers'
  | 'say.new_str'
  | 'say.new_file'
  | 'say.new_str.empty'
  | 'say.str_upd.unknown'
  | 'say.str_upd.first'
  | 'say.str_upd.gap'
  | 'say.str_upd.rest'
  | 'say.str_upd.damaged'
  | 'say.str_upd.tooMuch'
  | 'say.err_str'
  | 'say.cancel_task.transfer'
  | 'hear.ok'
  | 'hear.ok.freed'
  | 'hear.ok.none'
  | 'hear.err.1000.unknownString'
  | 'hear.err.3027'
  | 'hear.err.3100'
  | 'hear.err.3110'
  | 'hear.err.3112'
  | 'hear.err.3113'
>;

/**
 * How a node takes a long string, as its peer sees it that tests it. No string is used: it is gone with its connection.
 * Specification: Protocols, Common messages: new_str, str_upd, err_str.
 */
export const conformStringsMachine = setUpConformance<ConformStringsEvent>().createMachine({
  id: 'conformStrings',
  context: conformanceContext,
  meta: {
    begins: 'session',
    of: 'both',
    sections: { muster: 'Sending a long string', wazuh4: 'Commands' },
  },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'say.new_str': 'announced',
        'say.new_str.empty': 'announcedEmpty',
        'say.str_upd.unknown': 'misdirected',
        'say.err_str': 'freeingNothing',
        'do.fillTransfers': { guard: 'inMuster', target: 'crowded' },
      },
    },
    crowded: {
      on: {
        'say.new_str': 'tooMany',
        'say.new_file': { guard: 'inMusterWhenActive', target: 'tooMany' },
      },
    },
    tooMany: { on: { 'hear.err.3110': 'crowded' } },
    announced: { on: { 'hear.ok': 'reserved' } },
    announcedEmpty: { on: { 'hear.ok': 'idle' } },
    misdirected: {
      on: {
        'hear.err.3027': { guard: 'inMuster', target: 'idle' },
        'hear.err.1000.unknownString': { guard: 'inWazuh4', target: 'idle' },
      },
    },
    freeingNothing: { on: { 'hear.ok.none': 'idle' } },
    reserved: {
      on: {
        'say.str_upd.first': 'began',
        'say.str_upd.gap': { guard: 'inMuster', target: 'leftAGap' },
        'say.err_str': 'freeing',
        'say.cancel_task.transfer': { guard: 'inMuster', target: 'cancelled' },
      },
    },
    freeing: { on: { 'hear.ok.freed': 'idle' } },
    cancelled: { on: { 'hear.ok': 'idle' } },
    leftAGap: { on: { 'hear.err.3100': 'idle' } },
    began: { on: { 'hear.ok': 'arriving' } },
    arriving: {
      on: {
        'say.str_upd.rest': 'ending',
        'say.str_upd.damaged': { guard: 'inMuster', target: 'damaged' },
        'say.str_upd.tooMuch': 'overflowing',
        'say.err_str': 'freeingNothing',
      },
    },
    ending: { on: { 'hear.ok': 'complete' } },
    damaged: { on: { 'hear.err.3112': 'idle' } },
    overflowing: {
      on: {
        'hear.err.3113': 'idle',
        'hear.ok': { guard: 'dropsWhatIsTooMuch', target: 'complete' },
      },
    },
    // Nobody has used it: it is still the sender's to withdraw.
    complete: { on: { 'say.cancel_task.transfer': { guard: 'inMuster', target: 'cancelled' } } },
  },
});
