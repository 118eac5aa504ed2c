import { z } from 'zod';
import { MusterError } from '../../errors.ts';
import { MAX_INTEGER, MAX_NODES, MAX_REQUEST_VALUES, MAX_SHORT_TEXT_CHARS } from '../../limits.ts';
import { check } from '../check.ts';
import { WAZUH4_MAX_REQUEST_BYTES, WAZUH4_MAX_SERVICES } from './limits.ts';
import { Callable, decodeObjects, type JsonObject, textOfObjects } from './objects.ts';

const object = z.record(z.string(), z.unknown());
const shortText = z.string().max(MAX_SHORT_TEXT_CHARS);

/** A request of the distributed API. Only the function has to be there; a key that is not among these is an error. */
const apiRequest = z.strictObject({
  f: z.instanceof(Callable),
  f_kwargs: object.optional(),
  request_type: z.enum(['local_any', 'local_master', 'distributed_master']).optional(),
  wait_for_complete: z.boolean().optional(),
  from_cluster: z.boolean().optional(),
  is_async: z.boolean().optional(),
  local_client_arg: shortText.nullable().optional(),
  basic_services: z.array(shortText).max(WAZUH4_MAX_SERVICES).nullable().optional(),
  rbac_permissions: object.nullable().optional(),
  current_user: z.string().max(MAX_SHORT_TEXT_CHARS).nullable().optional(),
  broadcasting: z.boolean().optional(),
  nodes: z.array(shortText).max(MAX_NODES).nullable().optional(),
  api_timeout: z.number().min(0).max(MAX_INTEGER).nullable().optional(),
  debug: z.boolean().optional(),
  remove_denied_nodes: z.boolean().optional(),
});

export type ApiRequest4 = z.infer<typeof apiRequest>;

/** A request of the distributed API as the originals write it, and what it asks for: who carries it further changes nothing. */
export class WrittenRequest {
  readonly text: string;
  readonly asked: ApiRequest4;

  private constructor(text: string, asked: ApiRequest4) {
    this.text = text;
    this.asked = asked;
  }

  static of(asked: ApiRequest4): WrittenRequest {
    return new WrittenRequest(textOfObjects(asked), asked);
  }

  /** Throws 3036 for what is no JSON, 3108 for what is no request, 3113 for one that is too long. */
  static read(bytes: Uint8Array): WrittenRequest {
    if (bytes.length > WAZUH4_MAX_REQUEST_BYTES)
      throw new MusterError(
        3113,
        `request: ${bytes.length} bytes; at most ${WAZUH4_MAX_REQUEST_BYTES} are read`,
      );
    const asked = check(apiRequest, decodeObjects(bytes, MAX_REQUEST_VALUES), 'request');
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    return new WrittenRequest(text, asked);
  }

  /**
   * The text of the same request for one node, as a master passes it on. Numbers stay as they are written: what reads them
   * there tells 1.0 from 1, and holds more digits than ours.
   */
  get textForOne(): string {
    const { f_kwargs: kwargs = {}, ...rest } = JSON.parse(this.text, asWritten) as { f_kwargs?: JsonObject };
    const { node_id: _id, node_list: _list, ...kept } = kwargs;
    return JSON.stringify({ ...rest, f_kwargs: kept, from_cluster: true });
  }
}

/** Of TC39's "JSON.parse source text access", which Node has and TypeScript does not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

const asWritten = (_key: string, value: unknown, context?: { source: string }) =>
  typeof value === 'number' && context !== undefined ? rawJSON(context.source) : value;
