import {
  type Box,
  crossingsOf,
  distanceOf,
  goesThrough,
  isWithin,
  type Line,
  meet,
  type Point,
} from './geometry.ts';
import { type DrawnArrow, type Scene, sceneOf } from './scene.ts';

/** What makes a picture hard to read, counted. */
export interface Legibility {
  /** Labels that lie on those of other arrows. */
  readonly labelsOnLabels: number;
  /** Labels through which lines of other arrows go. */
  readonly labelsOnLines: number;
  /** Labels that lie on states, or on borders and texts of states that hold others; or beyond the picture. */
  readonly labelsOnStates: number;
  /** Labels that hide a piece of the line of their own arrow. */
  readonly labelsOnTheirs: number;
  /** Lines that go through texts of states, for each line of text. */
  readonly linesOnTexts: number;
  readonly crossings: number;
  readonly width: number;
  readonly height: number;
}

/** How bad each is, in crossings. */
const LABEL_ON_LABEL = 6;
const LABEL_ON_STATE = 4;
const LABEL_ON_LINE = 2;
const LABEL_ON_ITS_LINE = 1;
const LABEL_ON_ITS_HEAD = 3;
const LINE_ON_TEXT = 2;
/** A page is about as wide as high; what is flatter has to be made small to be seen whole, and small is hard to read. */
const GOOD_RATIO = 2;
const GOOD_WIDTH = 1_400;
const PER_RATIO = 8;
const PER_WIDTH = 1 / 60;
const PER_AREA = 1 / 80_000;

/** The lower the better. */
export function badness(drawn: Legibility): number {
  const { width, height } = drawn;
  const ratio = Math.max(width / height, height / width);
  return (
    drawn.labelsOnLabels * LABEL_ON_LABEL +
    drawn.labelsOnStates * LABEL_ON_STATE +
    drawn.labelsOnLines * LABEL_ON_LINE +
    drawn.labelsOnTheirs * LABEL_ON_ITS_LINE +
    drawn.linesOnTexts * LINE_ON_TEXT +
    drawn.crossings +
    Math.max(0, ratio - GOOD_RATIO) * PER_RATIO +
    Math.max(0, width - GOOD_WIDTH) * PER_WIDTH +
    width * height * PER_AREA
  );
}

/** What a label lies on. */
export interface Troubles {
  readonly labels: number;
  readonly lines: number;
  readonly isOnState: boolean;
  readonly isOnItsLine: boolean;
  readonly isOnItsHead: boolean;
}

export function troublesOf(
  { line, head, label }: DrawnArrow,
  others: readonly DrawnArrow[],
  scene: Scene,
): Troubles {
  const lies = (on: (box: Box) => boolean) => label.some(on);
  return {
    labels: others.filter((other) => lies((box) => other.label.some((its) => meet(box, its)))).length,
    lines: others.filter((other) => lies((box) => goesThrough(other.line, box))).length,
    isOnState: lies((box) => isOnState(box, scene)),
    isOnItsLine: lies((box) => goesThrough(line, box)),
    isOnItsHead: lies((box) => head.some((part) => meet(box, part))),
  };
}

const isOnState = (box: Box, { states, borders, texts, frame }: Scene) =>
  states.some((state) => meet(box, state)) ||
  borders.some((border) => meet(box, border) && !isWithin(box, border)) ||
  texts.some((text) => meet(box, text)) ||
  !isWithin(box, frame);

/** How bad that is, in crossings. */
export const badnessOf = ({ labels, lines, isOnState, isOnItsLine, isOnItsHead }: Troubles): number =>
  labels * LABEL_ON_LABEL +
  lines * LABEL_ON_LINE +
  (isOnState ? LABEL_ON_STATE : 0) +
  (isOnItsHead ? LABEL_ON_ITS_HEAD : isOnItsLine ? LABEL_ON_ITS_LINE : 0);

/** Looks at a picture that graphviz has drawn. */
export function legibilityOf(svg: string): Legibility {
  const scene = sceneOf(svg);
  return { ...linesOf(svg, scene), ...labelsOf(scene) };
}

/** The same of what is behind the labels, which can make it no better. */
export const legibilityWithoutLabels = (svg: string): Legibility => ({
  ...linesOf(svg, sceneOf(svg)),
  labelsOnLabels: 0,
  labelsOnLines: 0,
  labelsOnStates: 0,
  labelsOnTheirs: 0,
});

function linesOf(svg: string, { arrows, texts }: Scene) {
  const lines = arrows.map(({ line }) => line);
  const [, width = '1', height = '1'] = /viewBox="\S+ \S+ (\S+) (\S+)"/.exec(svg) ?? [];
  return {
    linesOnTexts: texts.reduce(
      (sum, text) => sum + lines.filter((line) => goesThrough(line, text)).length,
      0,
    ),
    crossings: crossingsAmong(lines),
    width: Number(width),
    height: Number(height),
  };
}

function labelsOf(scene: Scene) {
  const { arrows } = scene;
  const troubles = arrows.map((arrow) =>
    troublesOf(
      arrow,
      arrows.filter((other) => other !== arrow),
      scene,
    ),
  );
  const count = (of: (trouble: Troubles) => number) =>
    troubles.reduce((sum, trouble) => sum + of(trouble), 0);
  return {
    // Each is found from both sides.
    labelsOnLabels: count(({ labels }) => labels) / 2,
    labelsOnLines: count(({ lines }) => lines),
    labelsOnStates: count(({ isOnState: isOn }) => Number(isOn)),
    labelsOnTheirs: count(({ isOnItsLine, isOnItsHead }) => Number(isOnItsLine || isOnItsHead)),
  };
}

const crossingsAmong = (lines: readonly Line[]) =>
  lines.reduce(
    (sum, one, index) =>
      sum + lines.slice(index + 1).reduce((more, other) => more + crossingsOf(one, other), 0),
    0,
  );

/** How far a label is from its line. */
export const distanceFrom = ({ points }: Line, box: Box): number =>
  points.reduce(
    (least: number, point: Point) => Math.min(least, distanceOf(box, point)),
    Number.POSITIVE_INFINITY,
  );
