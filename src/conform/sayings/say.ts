import { createHash } from 'node:crypto';
import type { ArgsOf, CommandName } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import type { Talk } from '../talk.ts';

/** Says what a step of a path is called for; it may take a while, if it says so by a promise. */
export type Saying<T extends Talk = Talk> = (talk: T) => unknown;
export type Sayings<T extends Talk = Talk> = Readonly<Record<string, Saying<T>>>;

export const NOTHING = Buffer.alloc(0);
/** A handle that nobody has given out, but by a chance of one in four milliards. */
export const NO_HANDLE = 0xfffffff0;
export const NO_TASK = 'conform-none';
/** What is said where a number has to be, and where JSON has to be. */
export const NO_NUMBER = 'many';
export const NO_JSON = 'no report';
/** A file that was not announced, by its path: in `wazuh4` there is no other name for it. */
export const noFile = ({ workerName }: Pick<Talk, 'workerName'>) => `/queue/cluster/${workerName}/none`;
/** What nobody asked this peer. */
export const UNASKED = { id: 'request4294967280' };
/** The task that this peer gives out. */
export const TASK = 'conform';
export const FAILURE = new MusterError(3120, 'a test of conformance').toWire();

/** Where the second half of what is sent begins. */
export const HALF = 31;
export const digestOf = (content: Uint8Array) => createHash('blake2b512').update(content).digest('hex');
export const firstHalf = ({ content }: Talk) => Buffer.from(content.subarray(0, HALF));
export const secondHalf = ({ content }: Talk) => Buffer.from(content.subarray(HALF));
/** Bytes that leave out the first. */
export const gapped = ({ content }: Talk) => Buffer.from(content.subarray(1, HALF));

export const isMuster = ({ tongue }: Pick<Talk, 'tongue'>) => tongue.name === 'muster';

export const ask =
  <C extends CommandName, T extends Talk = Talk>(command: C, args: (talk: T) => ArgsOf<C>): Saying<T> =>
  (talk) =>
    talk.peer.ask(command, args(talk));

/** A message that the encoders of the dialect would not write. */
export const raw =
  <T extends Talk = Talk>(command: string, payload: (talk: T) => Uint8Array): Saying<T> =>
  (talk) =>
    talk.peer.askRaw((counter) => talk.tongue.frame(counter, command, payload(talk)));

/** A map of MessagePack with one key, whose value is written in these bytes. */
export const packed = (key: string, ...value: number[]) =>
  Buffer.from([0x81, 0xa0 + key.length, ...Buffer.from(key), ...value]);
/** A map without keys. */
export const EMPTY_MAP = Buffer.from([0x80]);

/** Answers the request that was heard last. */
export const answer =
  <T extends Talk = Talk>(send: (talk: T, counter: number) => void): Saying<T> =>
  (talk) => {
    const { request } = talk.facts;
    if (request === null) throw new Error('there is no request to answer');
    talk.facts.request = null;
    send(talk, request.counter);
  };
/** Answers the request before that one, for whose answer nobody waits any more. */
export const answerLate =
  <T extends Talk = Talk>(send: (talk: T, counter: number) => void): Saying<T> =>
  (talk) => {
    const { forsaken } = talk.facts;
    if (forsaken === null) throw new Error('there is no request before the last one');
    talk.facts.forsaken = null;
    send(talk, forsaken.counter);
  };
export const refuse = answer(({ peer }, counter) => peer.refuse(counter, MusterError.fromWire(FAILURE)));
