import type { LogLevel } from '../../src/config/node-config.ts';
import type { LogFields, Logger } from '../../src/observe/log.ts';

export interface LogLine {
  level: LogLevel;
  tag: string;
  subtag: string;
  message: string;
  fields: LogFields | undefined;
}

/** A log that keeps its lines, for tests to look at. */
export class LogCollector implements Logger {
  readonly lines: LogLine[] = [];

  tagged(tag: string, subtag: string) {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
      this.lines.push({ level, tag, subtag, message, fields });
    };
    return {
      isDebug: true,
      debug2: at('debug2'),
      debug: at('debug'),
      info: at('info'),
      warning: at('warning'),
      error: at('error'),
    };
  }

  addSecrets(): void {}
  redact(text: string): string {
    return text;
  }
  reopen(): void {}
  flush(): void {}
  async close(): Promise<void> {}

  /** The lines whose text has this form, from one subtag if it is given. */
  find(message: RegExp, subtag?: string): LogLine[] {
    return this.lines.filter(
      (line) => message.test(line.message) && (subtag === undefined || line.subtag === subtag),
    );
  }

  /** What a failed test shows. */
  text(): string {
    return this.lines
      .map(({ level, tag, subtag, message, fields }) => {
        const error = fields?.error === undefined ? '' : ` (${String(fields.error)})`;
        return `${level} [${tag}] [${subtag}] ${message}${error}`;
      })
      .join('\n');
  }
}
