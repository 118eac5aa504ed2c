import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import type { Browser, Page } from 'playwright-core';
import { machineDefinitions } from '../../src/inspect/machines.ts';
import type { InspectionRecord } from '../../src/inspect/records.ts';
import { openInspector } from '../../src/inspect/server.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openPage, startBrowser, withoutBrowser } from '../page/browser.ts';
import { room } from './room.ts';
import { startReceiver } from './stately-receiver.ts';

/** A script of the page, which has no types. */
const { StatelyTeller } = (await import(
  new URL('../../src/inspect/page/stately-events.js', import.meta.url).href
)) as {
  StatelyTeller: new (
    definitions: Record<string, string>,
  ) => { eventsOf(record: InspectionRecord): StatelyInspectionEvent[] };
};

/** What of an event is the same whoever says it. */
function essence({ type, sessionId, rootId, ...rest }: StatelyInspectionEvent) {
  const { event, sourceId, name, parentId, definition, snapshot } = rest as Record<string, unknown>;
  const { status, value, context } = (snapshot ?? {}) as Record<string, unknown>;
  const states = typeof definition === 'string' ? Object.keys(JSON.parse(definition).states ?? {}) : [];
  return JSON.parse(
    JSON.stringify({
      type,
      sessionId,
      rootId,
      event,
      sourceId,
      name,
      parentId,
      states,
      status,
      value,
      context,
    }),
  );
}

describe('what the Stately inspector is told', () => {
  it('is what its own package says of the same actors', async () => {
    const { root, tap, ask, begin, release } = room();
    const theirs: StatelyInspectionEvent[] = [];
    const { inspect } = createInspector({ send: (event) => theirs.push(event) });
    const teller = new StatelyTeller(machineDefinitions());
    const ours: StatelyInspectionEvent[] = [];
    root.system.inspect(inspect);
    const watch = tap.watch((record: InspectionRecord) => ours.push(...teller.eventsOf(record)));
    const present = ours.splice(0);
    for (const deed of [ask, begin, release]) deed();
    watch.close();
    await waitFor('their events', () => theirs.length >= ours.length || null);
    assert.deepEqual(ours.map(essence), theirs.map(essence));
    assert.ok(ours.length >= 6);
    root.stop();
    // Who begins to watch later is told of the actors that live, which their package does at their start.
    const lock = present.find(({ sessionId }) => sessionId === ours[0]?.sessionId) as StatelyInspectionEvent;
    assert.deepEqual(
      { ...essence(lock), sessionId: 'lock', parentId: 'root', rootId: 'root', context: null },
      {
        type: '@xstate.actor',
        sessionId: 'lock',
        rootId: 'root',
        name: 'permission',
        parentId: 'root',
        states: ['free', 'granted', 'running'],
        status: 'active',
        value: 'free',
        context: null,
      },
    );
  });
});

describe('the page that brings the Stately inspector', { skip: withoutBrowser }, () => {
  const { root, tap, ask } = room();
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let close: () => Promise<void>;

  before(async () => {
    receiver = await startReceiver();
    const node = { name: 'node7', role: 'master', version: '1' };
    const inspector = await openInspector({ tap, port: 0, node, statelyUrl: receiver.url });
    close = () => inspector.close();
    browser = await startBrowser();
    ({ page, complaints } = await openPage(browser, inspector.url.slice(0, -1)));
    await page.getByRole('link', { name: 'Stately inspector' }).click();
    await page.getByRole('button', { name: 'Load it and connect' }).waitFor();
  });
  after(async () => {
    await browser.close();
    await close();
    await receiver.close();
    root.stop();
  });

  it('loads nothing from elsewhere until it is asked to, and says from where', async () => {
    await page.getByText(new URL(receiver.url).origin).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('tells the inspector of the actors that live, with their charts, and of what happens from then on', async () => {
    await page.getByRole('button', { name: 'Load it and connect' }).click();
    await page.getByText('the inspector is connected').waitFor();
    const inside = page.frameLocator('iframe');
    await inside.getByText('@xstate.actor permission "free"').waitFor();
    ask();
    await inside.getByText('@xstate.event permission.ask').waitFor();
    await inside.getByText('@xstate.snapshot permission.ask "granted"').waitFor();
    assert.deepEqual(
      complaints.filter((text) => !text.includes(new URL(receiver.url).origin)),
      [],
    );
  });
});
