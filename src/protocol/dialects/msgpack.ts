// Not from 'msgpackr': that takes the optional native part for present wherever a package of its name can be loaded, and
// then throws, and catches, at every text that it reads.
import { Packr } from 'msgpackr/pack';
import { MusterError } from '../errors.ts';
import { MAX_MESSAGE_VALUES } from '../limits.ts';
import { scanMessagePack } from './msgpack-scan.ts';

/** msgpackr keeps writing into its buffer; one that grew beyond this is given up, lest small messages pin it. */
const MAX_KEPT_BUFFER_BYTES = 65_536;
const FRESH_BUFFER_BYTES = 8192;

/** Plain MessagePack: no records, no extensions, maps of every size, keys whose value is undefined left out. */
const packr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  moreTypes: false,
  useToJSON: false,
  int64AsType: 'number',
  // Known to msgpackr, though missing in its type declarations.
  ...{ skipValues: [undefined] },
});

/** Writes a value of maps, arrays, texts, numbers, booleans and null. Throws 3018 for anything else. */
export function encodeMessagePack(value: unknown): Uint8Array {
  try {
    const bytes = packr.pack(value);
    if (bytes.length <= MAX_KEPT_BUFFER_BYTES) return bytes;
    packr.useBuffer(Buffer.allocUnsafeSlow(FRESH_BUFFER_BYTES));
    // msgpackr makes room for twelve times of a long text: bytes that wait to be sent must not hold all of that.
    return new Uint8Array(bytes);
  } catch (error) {
    throw MusterError.from(error, 3018);
  }
}

/** Reads the bytes of a peer: scanned first, so that msgpackr sees only what is small, flat and plain enough. */
export function decodeMessagePack(bytes: Uint8Array, maxValues: number = MAX_MESSAGE_VALUES): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  scanMessagePack(buffer, maxValues);
  try {
    return packr.unpack(buffer);
  } catch (error) {
    throw MusterError.from(error, 3100);
  }
}
