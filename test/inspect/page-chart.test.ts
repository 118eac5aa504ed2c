import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyStateMachine } from 'xstate';
import { catalog } from '../../machines/catalog.ts';
import { exampleSupervisor } from '../../machines/supervision/chart.ts';
import { machineChart } from '../../src/inspect/machines.ts';
import { type ChartTransition, transitionsOf, transitionText } from '../../src/inspect/transitions.ts';

type Taken = Pick<ChartTransition, 'source' | 'on' | 'targets'>;

/** A script of the page, which has no types. */
const { arrowsOf, asDrawn, textsOf, eventName } = (await import(
  new URL('../../src/inspect/page/chart-places.js', import.meta.url).href
)) as {
  arrowsOf(taken: Taken): string[];
  asDrawn(taken: Taken, root: string): Taken;
  textsOf(steps: readonly Taken[], state: string, texts: readonly string[]): Set<number>;
  eventName(source: string, on: string): string;
};

const ENTITIES: Readonly<Record<string, string>> = { '&gt;': '>', '&lt;': '<', '&amp;': '&', '&#45;': '-' };
const plain = (xml: string) =>
  xml.replaceAll('&#160;', '\u00a0').replaceAll(/&(gt|lt|amp|#45);/g, (entity) => ENTITIES[entity] ?? entity);

/** The groups of a picture as the page finds them: the titles of its arrows, and the texts of its states. */
function groupsOf(svg: string) {
  const arrows = new Set<string>();
  const states = new Map<string, string[]>();
  for (const [, kind, body = ''] of svg.matchAll(
    /<g id="[^"]*" class="(node|cluster|edge)[^"]*">(.*?)<\/g>/gs,
  )) {
    const title = plain(/<title>(.*?)<\/title>/.exec(body)?.[1] ?? '');
    const texts = [...body.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, text = '']) => plain(text));
    if (kind === 'edge') arrows.add(title);
    else states.set(title.replace(/^cluster_/, ''), texts);
  }
  return { arrows, states };
}

describe('the picture of the chosen actor on the page', () => {
  const all = catalog.map(({ id, machine }) => ({
    id,
    groups: groupsOf(machineChart(id, 'svg') ?? ''),
    transitions: transitionsOf(machine as AnyStateMachine),
  }));

  /** What of the picture is lit by this transition alone. */
  const litBy = (transition: ChartTransition, { states, arrows }: ReturnType<typeof groupsOf>) => ({
    arrows: arrowsOf(transition).filter((title) => arrows.has(title)),
    texts: [...states].flatMap(([state, texts]) =>
      [...textsOf([transition], state, texts)].map((index) => `${state}: ${texts[index]}`),
    ),
  });

  it('has something to light for every transition of every machine', () => {
    const dark = all.flatMap(({ id, groups, transitions }) =>
      transitions
        .filter((transition) => {
          const { arrows, texts } = litBy(transition, groups);
          return arrows.length < arrowsOf(transition).length || arrows.length + texts.length === 0;
        })
        .map((transition) => `${id}: ${transitionText(transition)}`),
    );
    assert.deepEqual(dark, []);
    assert.ok(all.length > 40 && all.every(({ groups }) => groups.states.size > 1));
  });

  it('lights of a state that is not left the texts of that event, and its arrows not', () => {
    for (const { groups, transitions } of all)
      for (const transition of transitions) {
        const { arrows, texts } = litBy(transition, groups);
        const stays = transition.targets.every((target) => target === transition.source);
        assert.equal(arrows.length === 0, stays);
        assert.equal(texts.length > 0, stays);
        const said = texts.join(' ').replaceAll(/\s+/g, ' ');
        if (stays) assert.ok(said.includes(transition.event), `${said} has ${transition.event}`);
      }
  });

  it('finds what a supervisor of another name did in the one picture of them', () => {
    const { transitions } = all.find(({ id }) => id === 'supervisor') ?? { transitions: [] };
    assert.ok(transitions.some(({ on, targets }) => on.startsWith('xstate.after.') && targets.length === 0));
    const named = transitionsOf(exampleSupervisor('master'));
    assert.equal(named.length, transitions.length);
    for (const [index, taken] of named.entries()) {
      const { source, on, targets } = transitions[index] ?? taken;
      assert.deepEqual(asDrawn(taken, 'supervisor'), { source, on, targets });
    }
  });

  it('calls events as the pictures do', () => {
    for (const { transitions } of all)
      for (const { source, on, event } of transitions) assert.equal(eventName(source, on), event);
  });
});
