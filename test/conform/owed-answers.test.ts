import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_OWED_ANSWERS } from '../../src/conform/limits.ts';
import type { Heard } from '../../src/conform/peer.ts';
import type { Chapter } from '../../src/conform/plan.ts';
import { Walk } from '../../src/conform/walk.ts';
import { StubTalk, transition } from './stub-talk.ts';

const ANSWER: Heard = {
  kind: 'ok',
  to: { counter: 1, command: 'get_health', args: {}, isAside: false },
  reply: {},
};

/** A path at an implementation that answers as often as it is listened to. */
class Answered extends StubTalk {
  listened = 0;

  override async next(): Promise<Heard> {
    this.listened += 1;
    return ANSWER;
  }
}

/** A chart of one path, `say.it`, after which so many answers are owed. */
function chapterThatOwes(answers: number): Chapter {
  const step = (source: number, on: string) => transition(`${source}`, on, `${source + 1}`);
  const say = step(0, 'say.it');
  return {
    id: 'conform-owing',
    title: 'owing',
    begins: 'session',
    initial: '0',
    paths: [[say]],
    entered: (state) => state,
    from: (state) => {
      const at = Number(state);
      if (at === 0) return [say];
      return at <= answers ? [step(at, 'hear.ok')] : [];
    },
    sectionsOf: () => ({ muster: '' }) as never,
    isKept: () => false,
    isOutlasted: () => false,
  };
}

for (const [owed, heard] of [
  [0, 0],
  [MAX_OWED_ANSWERS - 1, MAX_OWED_ANSWERS - 1],
  [MAX_OWED_ANSWERS, MAX_OWED_ANSWERS],
  [10 * MAX_OWED_ANSWERS, MAX_OWED_ANSWERS],
] as const)
  test(`of ${owed} answers that are owed behind the last step of a path ${heard} are awaited`, async () => {
    const chapter = chapterThatOwes(owed);
    const talk = new Answered();
    const [path = []] = chapter.paths;
    const walked = await new Walk(chapter, talk).follow(path);
    assert.equal(walked.outcome, 'conforms');
    assert.equal(talk.listened, heard);
  });
