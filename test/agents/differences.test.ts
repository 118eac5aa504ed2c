import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MusterError } from '../../src/protocol/errors.ts';
import { addAgents, addGroups, infoOf, LONG_AGO_S, type Subject, subjects, textOf } from './fixture.ts';

/** What is asked, and who answers what. */
interface Difference {
  readonly why: string;
  readonly request: string;
  readonly ours: string;
  readonly original: string;
}

const labelled = (id: number) => infoOf(id, { labels: [{ id, key: 'k', value: 'v' }] });
const reported = '"connection_status":"active","group_config_status":"synced"';
const NO_AGENT = 'err Cannot execute Global database query; FOREIGN KEY constraint failed';

/**
 * There are agents 1 and 2, group `web`, whose members they became in the other order, and agent 7, which was added in the
 * year 2096.
 */
const differences: readonly Difference[] = [
  {
    why: 'an unknown agent with labels keeps no other of its chunk from being written',
    request: `global sync-agent-info-set ${JSON.stringify([labelled(99), infoOf(1)])}`,
    ours: 'ok',
    original: NO_AGENT,
  },
  {
    why: 'labels of an agent that was removed in the meantime are nobody’s concern',
    request: `global update-agent-data {"id":99,${reported},"labels":"k:v"}`,
    ours: 'ok',
    original: NO_AGENT,
  },
  {
    why: 'of a label that comes twice the last one holds',
    request: `global update-agent-data {"id":1,${reported},"labels":"k:v\\nk:w"}`,
    ours: 'ok',
    original: 'err Cannot execute Global database query; UNIQUE constraint failed: labels.id, labels.key',
  },
  {
    why: 'members are listed by id, since a page goes on behind the last id of the one before',
    request: 'global get-group-agents web last_id 0',
    ours: 'ok [1,2]',
    original: 'ok [2,1]',
  },
  {
    why: 'an address is an address and no pattern',
    request: 'global find-agent {"name":"a1","ip":"10.0.0._"}',
    ours: 'ok []',
    original: 'ok [{"id":1}]',
  },
  {
    why: 'a word that is no number is not the manager itself',
    request: 'global select-agent-name x',
    ours: "err Invalid DB query syntax, near 'x'",
    original: 'ok [{"name":"localhost"}]',
  },
  {
    why: 'what cannot be removed is told under its own name',
    request: 'wazuhdb remove 001 x',
    ours: `ok {"agents":{"001":"Can't delete","x":"Invalid agent ID"}}`,
    original: `ok {"agents":{"001":"Can't delete","001":"Invalid agent ID"}}`,
  },
  {
    why: 'an agent that was added in the future is not too new to be told of',
    request: 'global sync-agent-groups-get {"condition":"all","last_id":6}',
    ours: 'ok [{"data":[{"id":7,"groups":[]}]}]',
    original: 'ok [{"data":[]}]',
  },
  {
    why: 'an empty request is answered',
    request: '',
    ours: "err Invalid DB query syntax, near ''",
    original: 'rejected: 2010',
  },
  {
    why: 'what is no list of agents is refused',
    request: 'global sync-agent-info-set {}',
    ours: "err Invalid JSON data, near '{}'",
    original: 'ok',
  },
  {
    why: 'a statement that other programs have no need of is refused',
    request: 'global sql insert into info values (1, 2)',
    ours: "err Invalid DB query syntax, near 'insert into info values (1, 2)'",
    original: 'ok []',
  },
];

async function answerOf({ store }: Subject, request: string): Promise<string> {
  try {
    return textOf(await store.query(request));
  } catch (error) {
    return `rejected: ${MusterError.from(error).code}`;
  }
}

for (const { name, make, skip } of subjects) {
  describe(`where the embedded store is not like the original, ${name} shows that`, { skip }, () => {
    let subject: Subject;
    before(async () => {
      subject = await make();
      const { store } = subject;
      await store.insertAgent({ id: 1, name: 'a1', registerIp: '10.0.0.5/32', dateAddS: LONG_AGO_S });
      await addAgents(store, 1, 2);
      await store.insertAgent({ id: 7, name: 'a7', dateAddS: 4_000_000_000 });
      await addGroups(store, 'web');
      const agents = [2, 1].map((id) => ({ id, groups: ['web'] }));
      await store.setAgentGroups({ mode: 'override', syncStatus: 'synced', agents });
    });
    after(() => subject[Symbol.asyncDispose]());

    for (const { why, request, ours, original } of differences) {
      it(why, async () => {
        assert.equal(await answerOf(subject, request), subject.isOriginal ? original : ours);
      });
    }
  });
}
