import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaintAboutLooseXml, wrapLooseXml } from '../../src/config/loose-xml.ts';
import { checkContent } from '../../src/requests/check-content.ts';
import { complaintAboutList } from '../../src/requests/check-list.ts';
import { MAX_INLINE_CHECK_CHARS } from '../../src/requests/limits.ts';

const MIB = 1024 * 1024;
/** What is linear takes a small part of it, what is quadratic many times as much. */
const MAX_LINEAR_MS = 5_000;
const never = new AbortController().signal;

describe('the check of a text', () => {
  it('takes time by its length and no more, whatever it is made of', () => {
    for (const unit of ['<!--', '<![CDATA[', '<!---->', '&a', '\\<', '<', '<a>', ' ', '<?xml ', '-->']) {
      const startMs = performance.now();
      complaintAboutLooseXml(unit.repeat(MIB / unit.length));
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < MAX_LINEAR_MS, `${unit}: ${tookMs} ms`);
    }
    for (const unit of ['a:', '"', 'a:b\n', '\n', ':', '"a":"b"\n', ' ']) {
      const startMs = performance.now();
      complaintAboutList(unit.repeat(MIB / unit.length));
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < MAX_LINEAR_MS, `list of ${JSON.stringify(unit)}: ${tookMs} ms`);
    }
  });

  it('reads comments, sections and strays as the readers of the original do', () => {
    for (const [text, wrapped] of [
      ['<a>x < y && z</a>', '<r><a>x &lt; y &amp;&amp; z</a></r>'],
      ['<a>&lt; &#60; &#x3C; &é;</a>', '<r><a>&lt; &#60; &#x3C; &amp;é;</a></r>'],
      ['a<!-- x\ny < -->b', '<r>a\nb</r>'],
      ['a<!-- no end', '<r>a<!-- no end</r>'],
      ['<![CDATA[ < & ]]>', '<r><![CDATA[ < & ]]></r>'],
      ['\\<a\\>', '<r>\\&lt;a\\&gt;</r>'],
    ] as const)
      assert.equal(wrapLooseXml(text, 'r'), wrapped);
  });

  it('names the line of a list that is none', () => {
    assert.equal(complaintAboutList('a:b\n\n"c:d":e\n'), null);
    assert.equal(complaintAboutList('a:b\nnothing'), 'line 2');
    assert.equal(complaintAboutList('a:b\nc:d\n:\n'), 'line 3');
  });

  it('of a long text is given up when nobody waits any more', async () => {
    const long = 'a:b\n'.repeat(MAX_INLINE_CHECK_CHARS);
    await checkContent('list', 'etc/lists/a', long, never);
    await assert.rejects(checkContent('list', 'etc/lists/a', `${long}x`, never), { code: 1800 });
    const waiting = new AbortController();
    const check = checkContent('xml', 'etc/rules/a', '<a>'.repeat(MAX_INLINE_CHECK_CHARS), waiting.signal);
    waiting.abort();
    await assert.rejects(check, { code: 3120 });
    await assert.rejects(checkContent('xml', 'etc/rules/a', long, waiting.signal), { code: 3120 });
  });
});
