import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  GroupsJournal,
  MAX_JOURNAL_AGENTS,
  MAX_JOURNAL_VERSIONS,
} from '../../src/node/effects/groups-journal.ts';

const agent = (id: number, ...groups: string[]) => ({ id, groups });
const journalOf = (...versions: ReturnType<typeof agent>[][]): GroupsJournal => {
  const journal = new GroupsJournal();
  for (const [index, agents] of versions.entries()) {
    journal.add(index + 1, { agents, hash: `h${index + 1}` });
  }
  return journal;
};

describe('the journal of agent-groups', () => {
  it('gives each agent once, as it was last, with the checksum of the version that is wanted', () => {
    const journal = journalOf([agent(1, 'a'), agent(2, 'a')], [agent(1, 'b')], [agent(3, 'a')]);
    assert.deepEqual(journal.between(0, 2), {
      agents: [agent(1, 'b'), agent(2, 'a')],
      hash: 'h2',
      isComplete: false,
    });
    assert.deepEqual(journal.between(1, 3), {
      agents: [agent(1, 'b'), agent(3, 'a')],
      hash: 'h3',
      isComplete: true,
    });
  });

  it('gives the checksum alone to whoever has the version', () => {
    assert.deepEqual(journalOf([agent(1, 'a')]).between(1, 1), {
      agents: [],
      hash: 'h1',
      isComplete: true,
    });
  });

  it('gives the checksum alone where it does not remember everything', () => {
    const journal = journalOf([agent(1, 'a')], [agent(1, 'b')], [agent(1, 'c')]);
    journal.forgetUpTo(2);
    assert.deepEqual(journal.versions, [3]);
    assert.deepEqual(journal.between(1, 3), { agents: [], hash: 'h3', isComplete: false });
    assert.deepEqual(journal.between(2, 3).agents, [agent(1, 'c')]);
    assert.throws(() => journal.between(0, 2), /version 2 .* not remembered/);
  });

  it('keeps the latest version, whatever everybody has and however large it is', () => {
    const journal = journalOf([agent(1, 'a')]);
    journal.forgetUpTo(1);
    assert.deepEqual(journal.versions, [1]);
    const many = Array.from({ length: MAX_JOURNAL_AGENTS + 1 }, (_, index) => agent(index + 1));
    journal.add(2, { agents: many, hash: null });
    assert.deepEqual(journal.versions, [2]);
    assert.equal(journal.agents, many.length);
    journal.add(3, { agents: [], hash: null });
    assert.deepEqual([journal.versions, journal.agents], [[3], 0]);
  });

  it('remembers a bounded number of versions', () => {
    const journal = new GroupsJournal();
    for (let version = 1; version <= MAX_JOURNAL_VERSIONS + 5; version += 1) {
      journal.add(version, { agents: [], hash: null });
    }
    assert.equal(journal.versions.length, MAX_JOURNAL_VERSIONS);
    assert.equal(journal.versions[0], 6);
  });
});
