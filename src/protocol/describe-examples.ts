import { type CommandName, commandNames, commandSpec } from './commands.ts';
import { musterDialect } from './dialects/muster.ts';
import { MusterError } from './errors.ts';
import { encodeMessage } from './frame.ts';
import { BULK_HEADER_BYTES, HEADER_BYTES, MAX_PAYLOAD_BYTES } from './limits.ts';

const BYTES_A_LINE = 32;
/** Where the fields of a header end. */
const HEADER_FIELD_ENDS = [4, 8, 19, 20, 21, 22];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function fields(bytes: Uint8Array, ends: readonly number[]): string {
  return ends.map((end, i) => hex(bytes.subarray(ends[i - 1] ?? 0, end))).join(' ');
}

function lines(bytes: Uint8Array): string[] {
  const count = Math.ceil(bytes.length / BYTES_A_LINE);
  return Array.from({ length: count }, (_, i) =>
    hex(bytes.subarray(i * BYTES_A_LINE, (i + 1) * BYTES_A_LINE)),
  );
}

interface Example {
  readonly title: string;
  /** What the payload says, as JSON; null for raw bytes. */
  readonly value: unknown;
  readonly frame: Uint8Array;
}

function block({ title, value, frame }: Example): string {
  const payload = frame.subarray(HEADER_BYTES);
  const body =
    value === null
      ? [fields(payload, [4, BULK_HEADER_BYTES, payload.length])]
      : [`payload = ${JSON.stringify(value)}`, ...lines(payload)];
  return [`**${title}**`, '', '```', fields(frame, HEADER_FIELD_ENDS), ...body, '```'].join('\n');
}

const bytesOf = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks);

function request(counter: number, command: CommandName): Example {
  const { args } = commandSpec(command).example;
  const frame = bytesOf(musterDialect.encodeRequest(counter, command, args as never));
  return {
    title: `\`${command}\`, counter ${counter}`,
    value: commandSpec(command).bulk ? null : args,
    frame,
  };
}

function reply(counter: number, command: CommandName): Example {
  const value = commandSpec(command).example.reply;
  const frame = bytesOf(musterDialect.encodeReply(counter, command, value as never));
  return { title: `\`ok\` to that, counter ${counter}`, value, frame };
}

function failure(counter: number): Example {
  const error = new MusterError(3112, 'etc/rules/local_rules.xml');
  const frame = bytesOf(musterDialect.encodeFailure(counter, error));
  return { title: `\`err\`, counter ${counter}`, value: error.toWire(), frame };
}

/** Only the headers: the payload is 5,242,881 times the byte 0. */
function division(): string {
  const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
  const headers = encodeMessage({ counter: 3, command: 'echo', encoding: 0, payload }).filter(
    (_, i) => i % 2 === 0,
  );
  const shown = headers.map((header) => fields(header, HEADER_FIELD_ENDS));
  return ['**The two headers of a message of 5,242,881 bytes, counter 3**', '', '```', ...shown, '```'].join(
    '\n',
  );
}

/** The payloads of the example of every command, short enough for one line each. */
function everyCommand(): string {
  const rows = commandNames.flatMap((command) => {
    const example = commandSpec(command).example;
    const args = bytesOf(musterDialect.encodeRequest(0, command, example.args as never));
    const answer = bytesOf(musterDialect.encodeReply(0, command, example.reply as never));
    return [
      `${command} request ${hex(args.subarray(HEADER_BYTES))}`,
      `${command} reply ${hex(answer.subarray(HEADER_BYTES))}`,
    ];
  });
  return ['### One payload of each command', '', '```', ...rows, '```'].join('\n');
}

/** Worked examples in hexadecimal, computed by the code that sends them. */
export function describeExamples(): string {
  const blocks = [
    block(request(1, 'hello')),
    block(reply(1, 'hello')),
    block(request(2, 'echo-c')),
    block(request(3, 'syn_i_w_m_p')),
    block(reply(3, 'syn_i_w_m_p')),
    block(request(4, 'new_file')),
    block(reply(4, 'new_file')),
    block(request(5, 'file_upd')),
    block(reply(5, 'file_upd')),
    block(request(6, 'file_end')),
    block(failure(6)),
    division(),
  ];
  return [...blocks, everyCommand()].join('\n\n');
}
