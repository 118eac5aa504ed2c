import { MusterError } from '../../protocol/errors.ts';

/*
 * Whoever can disturb connections could make a worker believe that its master does not speak its own dialect, and so have
 * both speak the weaker one. Within that, what the cluster key has sealed cannot be forged: there the worker asks once more.
 * A node of Wazuh 4.x only says the question back.
 */

const QUESTION = 'muster: is this dialect spoken for want of another?';
const ANSWER = 'muster: it need not be';

/** What a worker sends as an echo, in the dialect of 4.x, as long as it is free to choose. */
export const kinshipQuestion = { data: QUESTION } as const;

/** What a master says to an echo: to the question, if it speaks its own dialect too, that it does. */
export const echoOfKin = <Data extends { data: string }>(echo: Data): { data: string } =>
  echo.data === QUESTION ? { data: ANSWER } : echo;

/** Throws 3104 if the answer is that of a master of ours. */
export function checkKinship(answer: { data: string }): void {
  if (answer.data === ANSWER)
    throw new MusterError(3104, 'the master speaks our own dialect, which did not get through to it');
}
