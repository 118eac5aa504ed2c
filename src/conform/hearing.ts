import { type ArgsOf, isCommandName, type ReplyOf } from '../protocol/commands.ts';
import { errorTable } from '../protocol/errors.ts';
import { MAX_SHOWN_CHARS } from './limits.ts';
import { originalWords } from './original-words.ts';
import type { Heard } from './peer.ts';
import type { Talk } from './talk.ts';

export type Answer = Extract<Heard, { kind: 'ok' }>;
export type Check = (answer: Answer, talk: Talk) => boolean;
export type RequestCheck = (args: unknown, talk: Talk) => boolean;

/** What has to be true in addition where one side is played: of an `ok` by what it answers, of a request by its step. */
export interface Checks {
  readonly answers: Readonly<Record<string, Check>>;
  readonly requests: Readonly<Record<string, RequestCheck>>;
}

export const replyOf = <C extends Parameters<Talk['peer']['ask']>[0]>(answer: Answer) =>
  answer.reply as ReplyOf<C>;

/** What an `ok` has to say to be the one that a step names. */
const named: Readonly<Record<string, Check>> = {
  granted: (answer) => replyOf<'syn_i_w_m_p'>(answer).granted === true,
  refused: (answer) => {
    const { granted, inStep } = replyOf<'syn_i_w_m_p'>(answer);
    return granted === false && inStep !== true;
  },
  inStep: (answer) => replyOf<'syn_i_w_m_p'>(answer).inStep === true,
  freed: (answer, { facts }) => replyOf<'err_str'>(answer).handle === facts.handle,
  none: (answer) => replyOf<'err_str'>(answer).handle === null,
  resumed: (answer) => replyOf<'new_file'>(answer).offset > 0,
};

const isEchoed: Check = ({ to, reply }) =>
  (reply as { data: string }).data === (to.args as ArgsOf<'echo'>).data;
/** What any `ok` has to say beyond the shape that its command has. */
const plain: Readonly<Record<string, Check>> = {
  echo: isEchoed,
  'echo-c': isEchoed,
  'echo-m': isEchoed,
  new_file: (answer) => replyOf<'new_file'>(answer).offset === 0,
};

/** Whether what was heard is what a step, `hear.*`, is called for. */
export function fits(step: string, heard: Heard, talk: Talk): boolean {
  const [, what = '', variant = '', words] = step.split('.');
  switch (heard.kind) {
    case 'closed':
      return what === 'closed';
    case 'trouble':
      return false;
    case 'err': {
      if (what !== 'err') return false;
      if (variant !== '' && heard.error.code !== Number(variant)) return false;
      return words === undefined || heard.error.detail === wordsOf(words, talk);
    }
    case 'ok': {
      if (what !== 'ok') return false;
      const to = heard.to.command ?? '';
      const check = variant === '' ? (plain[to] ?? talk.checks.answers[to]) : named[variant];
      if (variant !== '' && check === undefined) throw new Error(`nobody knows what ${step} is`);
      return check?.(heard, talk) ?? true;
    }
    case 'request':
      if (what !== heard.command) return false;
      if (what === 'syn_m_c_e') return (variant === 'failed') === hasFailed(heard.args);
      return talk.checks.requests[step]?.(heard.args, talk) ?? true;
  }
}

/** `syn_m_c_e` tells of both ends. */
const hasFailed = (args: unknown) =>
  typeof args === 'object' && args !== null && 'error' in args && args.error !== null;

function wordsOf(name: string, talk: Talk): string {
  const words = originalWords[name];
  if (words === undefined) throw new Error(`nobody knows what an original says of ${name}`);
  return words(talk);
}

/** Whether a step says what can be heard; of tests. */
export function isUnderstood(step: string): boolean {
  const [, what = '', variant = '', words] = step.split('.');
  if (words !== undefined && !Object.hasOwn(originalWords, words)) return false;
  if (what === 'ok') return variant === '' || Object.hasOwn(named, variant);
  if (what === 'err') return variant === '' || Object.hasOwn(errorTable, variant);
  return what === 'closed' || isCommandName(what);
}

/** Keeps what later steps refer to. */
export function remember(heard: Heard, { facts }: Talk): void {
  if (heard.kind === 'request') {
    facts.forsaken = facts.request;
    facts.request = heard;
  }
  if (heard.kind !== 'ok' || typeof heard.reply !== 'object' || heard.reply === null) return;
  const { handle, task } = heard.reply as { handle?: unknown; task?: unknown };
  if (typeof handle === 'number') facts.handle = handle;
  if (typeof task === 'string') facts.task = task;
}

/** A step as a report says it: in the terms of what is expected of the implementation. */
export function expectation(step: string, talk: Talk): string {
  const [, what = '', variant = '', words] = step.split('.');
  if (what === 'closed') return 'the connection closed';
  if (what === 'err') {
    if (variant === '') return 'err';
    if (words !== undefined) return `err ${variant} (${wordsOf(words, talk)})`;
    const carrier = talk.tongue.carrierOf(Number(variant));
    return carrier === Number(variant) ? `err ${variant}` : `err ${variant}, told as ${carrier}`;
  }
  if (what === 'ok') return variant === '' ? 'ok' : `ok, ${variant}`;
  return variant === '' ? `the request ${what}` : `the request ${what}, ${variant}`;
}

/** The same of what came. */
export function tell(heard: Heard | null): string {
  if (heard === null) return 'nothing in time';
  switch (heard.kind) {
    case 'closed':
      return 'the connection closed';
    case 'trouble':
      return heard.what;
    case 'err':
      return `err ${heard.error.code}${heard.error.detail === null ? '' : ` (${cut(heard.error.detail)})`}`;
    case 'ok':
      return `ok ${shown(heard.reply)} to ${heard.to.command ?? 'that'}`;
    case 'request':
      return `the request ${heard.command} ${shown(heard.args)}`;
  }
}

const cut = (text: string) => (text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text);
const shown = (value: unknown) =>
  cut(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? `${part.length} bytes` : part)) ?? '');
