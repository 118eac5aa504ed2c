import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assign, setup } from 'xstate';
import { checkMachine } from '../../machines/integrity/check.ts';
import { chartOf } from './diagrams/chart.ts';
import { toMermaid } from './diagrams/mermaid.ts';
import { toSvg } from './diagrams/svg.ts';
import { wrap } from './diagrams/wrap.ts';
import { describeLimits } from './docs/limits.ts';
import { withSections } from './docs/sections.ts';

const root = new URL('../../', import.meta.url);

const lampMachine = setup({
  types: { events: {} as { type: 'press' } | { type: 'touch' } | { type: 'cut' } },
  actions: { count: assign({}) },
  guards: { hasPower: () => true },
  delays: { tired: 1_000 },
}).createMachine({
  id: 'lamp',
  initial: 'off',
  on: { cut: '.broken' },
  states: {
    off: {
      on: {
        press: [{ guard: 'hasPower', target: 'on', actions: 'count' }, { actions: 'count' }],
        touch: { actions: 'count' },
      },
    },
    on: { on: { press: 'off', touch: { target: 'on', reenter: true } }, after: { tired: 'off' } },
    broken: { type: 'final' },
  },
});

describe('diagrams', () => {
  it('show guards, actions and delays by name, and leave the bookkeeping of timers out', () => {
    assert.equal(
      toMermaid(chartOf(lampMachine)),
      `stateDiagram-v2
  [*] --> lamp_off
  state "off" as lamp_off
  lamp_off : press, touch / count
  state "on" as lamp_on
  lamp_on : ↻ touch
  state "broken" as lamp_broken
  lamp_broken --> [*]
  state "in every state" as any_state
  lamp_off --> lamp_on : press [hasPower] / count
  lamp_on --> lamp_off : press
  lamp_on --> lamp_off : after tired
  any_state --> lamp_broken : cut
`,
    );
  });

  it('are the same text whenever they are drawn, so that drift means a change', async () => {
    const chart = chartOf(checkMachine);
    assert.equal(await toSvg(chart), await toSvg(chart));
  });

  it('break long labels at spaces, and never between a deadline and its name', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', '  three']);
    assert.deepEqual(wrap('x, after closeTimeout', 8), ['x,', '  after closeTimeout']);
  });
});

describe('generated sections', () => {
  it('are made anew between their marks, and leave the rest alone', async () => {
    const text = 'Before\n<!-- generated:errors -->\nold\n<!-- /generated:errors -->\nAfter\n';
    const made = await withSections('page.md', text, root);
    assert.match(
      made,
      /^Before\n<!-- generated:errors -->\n\n\| Code [\s\S]*3100[\s\S]*<!-- \/generated:errors -->\nAfter\n$/,
    );
    assert.equal(await withSections('page.md', made, root), made);
  });

  it('must be known, because an empty one would look finished', async () => {
    const text = '<!-- generated:nothing -->\n<!-- /generated:nothing -->';
    await assert.rejects(withSections('page.md', text, root), /nothing generates the section nothing/);
  });

  it('must have an end, because everything after it would be lost', async () => {
    await assert.rejects(
      withSections('page.md', '<!-- generated:errors -->\n', root),
      /no beginning or no end/,
    );
  });

  it('tell limits with their value, unit and comment', async () => {
    const limits = await describeLimits(root);
    assert.match(
      limits,
      /\| `MAX_PAYLOAD_BYTES` \| 5,242,880 bytes \(5 MiB\) \| Largest payload of one frame/,
    );
    assert.match(limits, /\| `MAX_COUNTER` \| 4,294,967,295 \|/);
  });
});
