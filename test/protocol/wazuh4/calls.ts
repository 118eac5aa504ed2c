import fc from 'fast-check';
import { WrittenRequest } from '../../../src/protocol/dialects/wazuh4/api-request.ts';
import { wazuh4ClusterCommands } from '../../../src/protocol/dialects/wazuh4/commands/cluster.ts';
import { wazuh4LocalCommands } from '../../../src/protocol/dialects/wazuh4/commands/local.ts';
import type { Wazuh4Row } from '../../../src/protocol/dialects/wazuh4/commands/row.ts';
import { Callable, WazuhDate, WazuhException } from '../../../src/protocol/dialects/wazuh4/objects.ts';

/** The two tables of the dialect. */
export const tables = { cluster: wazuh4ClusterCommands, local: wazuh4LocalCommands } as const;
export type TableName = keyof typeof tables;

/** Every row of both. */
export const rows: readonly (readonly [table: TableName, command: string, row: Wazuh4Row])[] = (
  ['cluster', 'local'] as const
).flatMap((table) =>
  Object.entries(tables[table] as unknown as Record<string, Wazuh4Row>).map(
    ([command, row]) => [table, command, row] as const,
  ),
);

const record = <Model>(model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> }) =>
  fc.record(model, { noNullPrototype: true });
/** Buffers, as they are decoded. */
const data = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });
const word = fc.stringMatching(/^[!-~]{1,40}$/);
const identifier = fc.oneof(fc.uuid(), fc.nat().map(String)).filter((text) => text !== 'None');
const stringId = fc.integer({ min: 0, max: 0xffff_ffff });
const size = record({ size: fc.integer({ min: 0, max: 134_217_728 }) });
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const file = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const nothing = fc.constant({});
const key = anyText.filter((text) => !text.startsWith('__'));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(null, true, false, new WazuhDate('2024-01-02T03:04:05+00:00')),
    finite,
    fc.integer(),
    anyText,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const object = fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true });
/** Any value that JSON of the originals may hold. */
export const anyValue = value;

const exception = record({
  className: name,
  title: anyText,
  code: fc.integer({ min: 0, max: 9999 }),
  extraMessage: fc.oneof(anyText, object, fc.constant(null)),
  extraRemediation: fc.option(anyText, { nil: null }),
  cmdError: fc.boolean(),
  dapiErrors: object,
  ids: fc.option(fc.array(anyText, { maxLength: 3 }), { nil: undefined }),
}).map((parts) => new WazuhException(parts));
const callable = record({ name, module: name, qualname: name, type: name }).map(
  (parts) => new Callable(parts),
);

const request = fc
  .record(
    {
      f: callable,
      f_kwargs: object,
      request_type: fc.constantFrom('local_any', 'local_master', 'distributed_master'),
      wait_for_complete: fc.boolean(),
      nodes: fc.array(name, { maxLength: 3 }),
      api_timeout: fc.nat(),
    },
    { requiredKeys: ['f'], noNullPrototype: true },
  )
  .map(WrittenRequest.of);
const service = record({ daemon_name: name, message: fc.oneof(anyText, object) });

const task = record({ task: identifier });
const arrived = record({ task: identifier, path: file });
const failed = record({ task: fc.option(identifier, { nil: null }), error: exception });
const string = record({ id: stringId });
const granted = record({ granted: fc.boolean() });
const text = record({ text: anyText });
const report = record({
  updated_chunks: fc.nat(),
  error_messages: fc.array(anyText, { maxLength: 3 }),
  time_spent: fc.double({ min: 0, max: 1e6, noNaN: true }),
});
const unsent = record({ failure: anyText.map((text) => `Error ${text}`) });
const answer = record({ id: identifier, string: fc.oneof(stringId, unsent) });
const forwarded = record({ to: fc.constantFrom('client', 'request') });
const failedRequest = record({ id: identifier, text: anyText });
const nodesQuery = record({
  filter_node: fc.oneof(name, fc.constant(null)),
  offset: fc.nat(),
  limit: fc.nat(),
});
const nodes = record({
  items: fc.array(record({ name, type: name, version: name, ip: name }), { maxLength: 3 }),
  totalItems: fc.nat(),
});
const healthQuery = fc.oneof(fc.constant(null), nothing, fc.array(name, { maxLength: 3 }), name);
const times = { date_start_master: name, date_end_master: name };
const groups = record({ date_start: name, date_end: name, n_synced_chunks: fc.nat() });
const health = record({
  n_connected_nodes: fc.nat(),
  nodes: fc.dictionary(
    name,
    record({
      info: record({ name, type: name, version: name, ip: name, n_active_agents: fc.nat() }),
      status: record({
        sync_integrity_free: fc.boolean(),
        last_check_integrity: record(times),
        last_sync_integrity: record({
          ...times,
          total_extra_valid: fc.nat(),
          total_files: record({ missing: fc.nat(), extra: fc.nat(), shared: fc.nat() }),
        }),
        sync_agent_info_free: fc.boolean(),
        last_sync_agentinfo: record({ ...times, n_synced_chunks: fc.nat() }),
        last_sync_agentgroup: groups,
        last_sync_full_agentgroup: groups,
        last_keep_alive: name,
      }),
    }),
    { maxKeys: 2, noNullPrototype: true },
  ),
});
const config = record({
  name,
  node_name: name,
  node_type: name,
  key: name,
  port: fc.nat({ max: 65_535 }),
  bind_addr: name,
  nodes: fc.array(name, { maxLength: 3 }),
  hidden: name,
  disabled: fc.boolean(),
});
const hashes = fc.dictionary(file, fc.stringMatching(/^[0-9a-f]{128}$/), {
  maxKeys: 3,
  noNullPrototype: true,
});
const bytes = record({ data });

type Call = readonly [args: fc.Arbitrary<unknown>, reply: fc.Arbitrary<unknown>];
const common: Record<string, Call> = {
  echo: [bytes, bytes],
  'echo-c': [bytes, bytes],
  new_str: [size, string],
  str_upd: [record({ id: stringId, data }), nothing],
  err_str: [size, record({ id: fc.option(stringId, { nil: null }) })],
  new_file: [record({ path: file }), nothing],
  file_upd: [record({ path: file, data }), nothing],
  file_end: [
    record({
      path: file,
      digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    }),
    nothing,
  ],
  cancel_task: [failed, nothing],
};

/** Values of the arguments and of the reply of every row. */
const calls: Record<TableName, Record<string, Call>> = {
  cluster: {
    ...common,
    hello: [record({ name: word, cluster: word, type: word, version: word }), record({ name: word })],
    'echo-m': [bytes, bytes],
    syn_i_w_m_p: [nothing, granted],
    syn_i_w_m: [nothing, task],
    syn_i_w_m_e: [arrived, nothing],
    syn_i_w_m_r: [failed, nothing],
    syn_m_c_ok: [nothing, nothing],
    syn_m_c: [nothing, task],
    syn_m_c_e: [arrived, nothing],
    syn_m_c_r: [failed, nothing],
    syn_a_w_m_p: [nothing, granted],
    syn_a_w_m: [string, string],
    syn_m_a_e: [report, nothing],
    syn_m_a_err: [text, nothing],
    syn_g_m_w: [string, string],
    syn_g_m_w_c: [string, string],
    syn_w_g_c: [nothing, nothing],
    syn_w_g_e: [report, nothing],
    syn_w_g_err: [text, nothing],
    syn_wgc_e: [report, nothing],
    syn_wgc_err: [text, nothing],
    dapi: [record({ id: identifier, request }), nothing],
    dapi_res: [answer, forwarded],
    dapi_err: [failedRequest, nothing],
    sendsync: [record({ id: identifier, request: service }), nothing],
    sendsyn_res: [answer, nothing],
    sendsyn_err: [failedRequest, nothing],
    get_nodes: [nodesQuery, nodes],
    get_health: [healthQuery, health],
  },
  local: {
    ...common,
    get_config: [nothing, config],
    get_hash: [nothing, hashes],
    get_nodes: [nodesQuery, fc.option(nodes, { nil: null })],
    get_health: [healthQuery, fc.option(health, { nil: null })],
    send_file: [record({ path: file.map((path) => `/${path}`), node: name }), nothing],
    dapi: [record({ request }), nothing],
    dapi_fwd: [record({ node: name, request }), nothing],
    sendsync: [record({ request: service }), nothing],
    sendasync: [record({ request: service }), nothing],
    dapi_res: [record({ string: stringId }), nothing],
    dapi_err: [text, nothing],
    control_res: [bytes, nothing],
    send_f_res: [record({ string: stringId }), nothing],
    ok: [bytes, nothing],
    err: [text, nothing],
  },
};

/** Arguments and reply of one command. */
export function callOf(table: TableName, command: string): Call {
  const call = calls[table][command];
  if (call === undefined) throw new Error(`no values for ${table} ${command}`);
  return call;
}
