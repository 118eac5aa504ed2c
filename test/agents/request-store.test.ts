import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentQuery } from '../../src/agents/agent-query.ts';
import { MAX_REQUEST_CALLS } from '../../src/agents/limits.ts';
import { inTurns } from '../../src/agents/request-store.ts';
import { Turns } from '../../src/turns.ts';
import { addAgents, storeWith, subjects } from './fixture.ts';

const SEARCHES = 32;
const search: AgentQuery = {
  where: { text: 'zzzz', columns: ['name', 'ip', 'os_name', 'os_uname', 'version'], isContained: false },
  columns: ['id'],
  order: [{ column: 'name', isDescending: true }],
  offset: 0,
  limit: 1,
  isDistinct: false,
};

for (const { name, make, skip } of subjects) {
  describe(`requests to the agent store, over ${name}`, { concurrency: true, skip }, () => {
    it('keep nobody waiting behind all of them', async () => {
      await using subject = await make();
      await addAgents(subject.store, 1_000);
      const requests = inTurns(
        () => subject.store,
        new Turns({ atOnce: MAX_REQUEST_CALLS, maxWaiting: SEARCHES }),
      );
      let answered = 0;
      const searches = Array.from({ length: SEARCHES }, async () => {
        const { total } = await requests.findAgents(search);
        assert.equal(total, 1_001);
        answered += 1;
      });
      assert.equal(await subject.store.agentName(7), 'a7');
      assert.ok(answered <= MAX_REQUEST_CALLS, `${answered} searches were answered before`);
      await Promise.all(searches);
    });

    it('are not begun when nobody waits for them any more: 3120', async () => {
      await using subject = await make();
      let begun = 0;
      const counting = storeWith(subject.store, {
        findGroup: (group) => {
          begun += 1;
          return subject.store.findGroup(group);
        },
      });
      const end = new AbortController();
      const turns = new Turns({ atOnce: MAX_REQUEST_CALLS, maxWaiting: SEARCHES });
      const requests = inTurns(() => counting, turns, end.signal);
      const asked = Array.from({ length: SEARCHES }, () => requests.findGroup('web'));
      end.abort();
      const outcomes = await Promise.allSettled(asked);
      const codes = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'answered' : outcome.reason.code,
      );
      assert.deepEqual(
        codes,
        Array.from({ length: SEARCHES }, (_, i) => (i < MAX_REQUEST_CALLS ? 'answered' : 3120)),
      );
      assert.equal(begun, MAX_REQUEST_CALLS);
      assert.equal(await inTurns(() => counting, turns).findGroup('web'), null);
    });
  });
}
