import { UsageError } from './exit-code.ts';

/** Where the page of `--inspect` is, unless a port is named. */
export const DEFAULT_INSPECT_PORT = 9230;
const MAX_PORT = 65_535;

/**
 * The port of `--inspect [port]`: null without the option. Throws UsageError for what is no port, and where the `others`
 * that are to have the next ones would have none.
 */
export function inspectPort(option: true | string | undefined, others = 0): number | null {
  if (option === undefined) return null;
  if (option === true) return DEFAULT_INSPECT_PORT;
  const port = Number(option);
  if (!/^\d+$/.test(option) || port > MAX_PORT)
    throw new UsageError(`--inspect: ${option} is no port: a whole number from 0 to ${MAX_PORT}`);
  if (port + others > MAX_PORT)
    throw new UsageError(`--inspect: behind ${option} there are no ${others} more ports for the workers`);
  return port;
}
