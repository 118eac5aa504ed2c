import fc from 'fast-check';
import { LONG_AGO_S } from './fixture.ts';

/*
 * Requests as other programs send them, and a little worse: agents and groups that do not exist, names that are not
 * allowed, texts of all kinds. What the two stores are known to answer differently (differences.test.ts) is left out.
 */

/** Agents that are always there, and may have labels. */
export const KEPT_IDS = [1, 2, 3];
export const KEPT_GROUP = 'default';

const keptId = fc.constantFrom(...KEPT_IDS);
const fleetingId = fc.constantFrom(4, 5);
const id = fc.oneof(keptId, fleetingId, fc.constant(99));
const text = fc.constantFrom('x', '', 'ü', '10', '\u{1F600}', ' x ', 'a\tb\n\u0001/\\"', "it's");
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const name = fc.constantFrom('a1', 'a2', 'A1', 'ü', "x'y", 'a"b');
const address = fc.constantFrom('any', '10.0.0.5', '10.0.0.5/32', '10.0.0.0/24');
const fleetingGroup = fc.constantFrom('web', 'db', 'a.b-c_d');
const badGroup = fc.constantFrom('nowhere', 'bad name', '..', '', 'ü', 'x'.repeat(255), 'x'.repeat(256));
const group = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(fleetingGroup, fc.constant(KEPT_GROUP)) },
  { weight: 1, arbitrary: badGroup },
);
const connection = fc.constantFrom('active', 'pending', 'never_connected', 'disconnected');
const sync = fc.constantFrom('synced', 'syncreq');
const groupConfig = fc.constantFrom('synced', 'not synced');
const number = fc.constantFrom(0, 1, 5, LONG_AGO_S);
const labelLines = fc.constantFrom(
  'k:v',
  'b:1\na:2',
  'a:b:c',
  '"k":v',
  'k: v ',
  'kv',
  ':v',
  'k:',
  '',
  '\nk:v\n\nl:w\n',
);

const reported = Object.fromEntries(
  ['os_name', 'os_version', 'os_build', 'os_uname', 'version', 'config_sum', 'merged_sum', 'node_name'].map(
    (column) => [column, maybe(text)],
  ),
);

/** What a node tells of an agent. */
const info = id.chain((agent) =>
  fc.record({
    id: fc.constant(agent),
    name,
    ip: maybe(text),
    ...reported,
    last_keepalive: maybe(fc.constantFrom(LONG_AGO_S, LONG_AGO_S + 1)),
    connection_status: connection,
    disconnection_time: number,
    group_config_status: groupConfig,
    status_code: number,
    unknown_column: maybe(text),
    labels: KEPT_IDS.includes(agent) ? maybe(labelsOf(agent)) : fc.constant(undefined),
  }),
);

const labelsOf = (agent: number) =>
  fc.uniqueArray(fc.record({ id: fc.constant(agent), key: text, value: text }), {
    maxLength: 3,
    selector: ({ key }) => key,
  });

const json = (command: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(fields).map((object) => `${command} ${JSON.stringify(object)}`);
const words = (command: string, ...parts: fc.Arbitrary<unknown>[]) =>
  fc.tuple(...parts).map((values) => [command, ...values].join(' '));
const often = (weight: number, arbitrary: fc.Arbitrary<string>) => ({ weight, arbitrary });

const command = fc.oneof(
  often(
    4,
    json('insert-agent', {
      id: fleetingId,
      name,
      ip: maybe(address),
      register_ip: maybe(address),
      internal_key: maybe(text),
      group: maybe(text),
      date_add: fc.constant(LONG_AGO_S),
    }),
  ),
  json('update-agent-name', { id, name }),
  often(
    2,
    json('update-agent-data', {
      id: keptId,
      ...reported,
      agent_ip: maybe(text),
      connection_status: connection,
      group_config_status: groupConfig,
      sync_status: maybe(sync),
      labels: maybe(labelLines),
    }),
  ),
  json('update-agent-data', {
    id,
    ...reported,
    connection_status: connection,
    group_config_status: groupConfig,
  }),
  json('update-keepalive', { id, connection_status: connection, sync_status: sync }),
  json('update-connection-status', {
    id,
    connection_status: connection,
    sync_status: sync,
    status_code: number,
  }),
  json('update-status-code', { id, status_code: number, version: maybe(text), sync_status: sync }),
  words('reset-agents-connection', sync),
  words('disconnect-agents', fc.constantFrom(-1, 0, 2), fc.constantFrom(LONG_AGO_S + 1, 2_000_000_000), sync),
  words('delete-agent', fc.constantFrom(4, 5, 99)),
  ...['get-agent-info', 'select-agent-name', 'select-agent-group', 'get-labels', 'select-group-belong'].map(
    (verb) => words(verb, fc.oneof(id, fc.constant(0))),
  ),
  words('get-all-agents last_id', fc.constantFrom(-1, 0, 2)),
  words('get-agents-by-connection-status', fc.constantFrom(-1, 0, 2), connection),
  words(
    'get-agents-by-connection-status',
    fc.constantFrom(-1, 0),
    connection,
    fc.constantFrom('unknown', 'x'),
    fc.constantFrom(-1, 0, 2),
  ),
  json('find-agent', { name, ip: fc.constantFrom('any', '10.0.0.5', '10.0.0.0') }),
  words('find-group', group),
  often(4, words('insert-agent-group', group)),
  words('delete-group', fc.oneof(fleetingGroup, badGroup)),
  fc.constant('select-groups'),
  fc.constantFrom('get-distinct-groups', 'get-distinct-groups 4b5e57f6'),
  often(
    8,
    json('set-agent-groups', {
      mode: fc.constantFrom('override', 'append', 'empty_only', 'remove'),
      sync_status: maybe(sync),
      data: fc.array(fc.record({ id, groups: fc.array(group, { maxLength: 4 }) }), { maxLength: 3 }),
    }),
  ),
  often(
    3,
    json('sync-agent-groups-get', {
      condition: maybe(fc.constantFrom('all', 'sync_status', 'x')),
      last_id: maybe(fc.constantFrom(0, 1)),
      set_synced: maybe(fc.boolean()),
      get_global_hash: maybe(fc.boolean()),
      agent_registration_delta: maybe(fc.constantFrom(0, 10)),
    }),
  ),
  fc.constant('recalculate-agent-group-hashes'),
  words('get-groups-integrity', fc.constantFrom('aac8edbccfab5ea7eee53016af08b756a44dc399', 'abc')),
  often(
    3,
    fc.array(info, { maxLength: 3 }).map((agents) => `sync-agent-info-set ${JSON.stringify(agents)}`),
  ),
  often(2, words('sync-agent-info-get', fc.constantFrom('{}', 'last_id 2'))),
  fc.constant("sql update agent set sync_status = 'syncreq' where id in (1, 2)"),
);

export const anyRequest = command.map((text) => `global ${text}`);
