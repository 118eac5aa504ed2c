import type { LogFields } from '../../src/observe/log.ts';
import { MusterError } from '../../src/protocol/errors.ts';

/** A log of lines such as `warning: It was not noted: 3119`. */
export function logTo(lines: string[]) {
  const at = (level: string) => (message: string, fields?: LogFields) => {
    const told = fields?.error === undefined ? '' : `: ${MusterError.from(fields.error).code}`;
    lines.push(`${level}: ${message}${told}`);
  };
  return { info: at('info'), warning: at('warning'), error: at('error') };
}
