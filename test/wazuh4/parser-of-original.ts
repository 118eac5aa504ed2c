/** Of the header of a message: counter, length, command. */
const LENGTH_AT = 4;
const HEADER_BYTES = 20;

/** What an original may be made to take by whoever connects. */
export const SMALL_MESSAGE_BYTES = 131_072;

/** The memory that an original takes for what comes first on a connection, whoever says it: it fills it with zeros at once. */
export function memoryTakenBy(first: Uint8Array): number {
  return first.length < HEADER_BYTES ? 0 : Buffer.from(first).readUInt32BE(LENGTH_AT);
}
