import { setup } from 'xstate';

/** What is spoken with the implementation that is tested. */
export type Spoken = 'muster' | 'wazuh4';

export interface ConformanceInput {
  /** Null for all that the chart knows, in whatever dialect. */
  dialect: Spoken | null;
  /** Whether rows and files may be sent to it. */
  isActive: boolean;
}

/** Where it is written what an implementation has to do: a heading of docs/protocol.md, and one of docs/compatibility.md. */
export type Sections = Readonly<Record<Spoken, string>>;

export interface ConformanceMeta {
  sections: Sections;
  /** Of a machine: whether its paths begin before the connection is made, or after `hello`. */
  begins?: 'away' | 'session';
  /** Of a machine all of whose paths send files. */
  isActive?: true;
  /** Of a machine all of whose paths wait for time-outs of the peer, of 20 seconds and more. */
  isPatient?: true;
  /** Of a machine: which side it is that is tested; a master, unless it says otherwise. */
  of?: 'master' | 'worker' | 'both';
}

/** Tag of a state in which the connection may have ended: whoever leaves a path there does not ask whether it is kept. */
export const MAY_END = 'mayEnd';
/** Tag of a state in which the peer goes on by itself, once it has waited for long enough. */
export const OUTLASTED = 'outlasted';

/**
 * `do.*` and `say.*` are what the peer does, `hear.*` is what it has to hear then: of an `err` which code, and where an
 * original of Wazuh 4.x has none, by what name src/conform/original-words.ts knows the words that it has instead.
 */
export type Steps<Names extends string> = Names extends string ? { type: Names } : never;

type Args = { context: ConformanceInput };
const inMuster = ({ context }: Args) => context.dialect !== 'wazuh4';
const inWazuh4 = ({ context }: Args) => context.dialect !== 'muster';
const whenActive = ({ context }: Args) => context.isActive;

/**
 * What differs between dialects. Those behind the first three are what implementations of Wazuh 4.x differ in: each has
 * a sentence in src/conform/differences.ts.
 */
export const spokenGuards = {
  inMuster,
  inWazuh4,
  whenActive,
  inMusterWhenActive: (args: Args) => inMuster(args) && whenActive(args),
  inWazuh4WhenActive: (args: Args) => inWazuh4(args) && whenActive(args),
  servesStrangers: inWazuh4,
  keepsTheRefused: inWazuh4,
  takesAnyName: inWazuh4,
  answersStrayAnswers: inWazuh4,
  dropsWhatIsTooMuch: inWazuh4,
  grantsOnceInACycle: inWazuh4,
  beginsBesides: inWazuh4,
  thanksForAnyAnswer: inWazuh4,
  asksWithoutNews: inWazuh4,
  asksMeanwhile: inWazuh4,
  givesUpSilently: inWazuh4,
  freesAMomentLater: inWazuh4,
  takesUnaskedReports: inWazuh4,
};

/** What every chart of conformance is made of; `Event`: the steps that it knows. */
export const setUpConformance = <Event extends { type: string }>() =>
  setup({
    types: {
      context: {} as ConformanceInput,
      input: {} as ConformanceInput,
      events: {} as Event,
      meta: {} as ConformanceMeta,
    },
    guards: spokenGuards,
  });

export const conformanceContext = ({ input }: { input: ConformanceInput }): ConformanceInput => ({
  ...input,
});
