import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WrittenRequest } from '../../src/protocol/dialects/wazuh4/api-request.ts';
import { Callable } from '../../src/protocol/dialects/wazuh4/objects.ts';
import { callables } from '../../src/requests/wazuh4/callables.ts';
import { checkAsked, understandRequest } from '../../src/requests/wazuh4/translate.ts';

const EVERYTHING = { '*:*:*': 'allow' };

/** What guards each function of the original, and the functions that it calls; and arguments that it takes. */
const GUARDS: Readonly<Record<string, readonly [readonly string[], object?]>> = {
  'wazuh.cluster.get_nodes_info': [['cluster:read']],
  'wazuh.cluster.get_health_nodes': [['cluster:read']],
  'wazuh.cluster.get_node_wrapper': [['cluster:read']],
  'wazuh.cluster.get_status_json': [['cluster:status']],
  'wazuh.agent.get_agents': [['agent:read']],
  'wazuh.core.agent.Agent.get_agents_overview': [['agent:read']],
  'wazuh.agent.get_agents_summary_status': [['agent:read']],
  'wazuh.agent.get_agent_groups': [['group:read']],
  'wazuh.agent.get_agents_in_group': [['group:read', 'agent:read'], { group_list: ['web'] }],
  'wazuh.syscollector.get_item_agent': [['syscollector:read'], { agent_list: ['001'], element_type: 'os' }],
};

test('what guards a function is known for each that is answered', () => {
  const answered = callables.map(({ module, qualname }) => `${module}.${qualname}`);
  assert.deepEqual(answered.sort(), Object.keys(GUARDS).sort());
});

for (const { module, qualname } of callables) {
  const [guards = [], f_kwargs = {}] = GUARDS[`${module}.${qualname}`] ?? [];
  const ask = (allowed: readonly string[]) => {
    const actions = Object.fromEntries(allowed.map((action) => [action, EVERYTHING]));
    const f = new Callable({ name: qualname.split('.').at(-1) ?? '', module, qualname, type: 'function' });
    const rbac_permissions = { rbac_mode: 'white', ...actions };
    checkAsked(understandRequest(WrittenRequest.of({ f, f_kwargs: { ...f_kwargs }, rbac_permissions })));
  };
  test(`${qualname} is answered to whoever may do ${guards.join(' and ')}, and not without any of it`, () => {
    ask(guards);
    for (const denied of guards)
      assert.throws(() => ask(guards.filter((action) => action !== denied)), {
        code: 4000,
        detail: denied,
      });
  });
}
