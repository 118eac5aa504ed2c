/** What a step is about; the summary counts them apart. */
export type StepKind = 'start' | 'first sync' | 'change' | 'agents' | 'heal';

export interface StepReport {
  kind: StepKind;
  title: string;
  /** Until all nodes had it. */
  durationMs: number;
  /** Null if it went as it should. */
  failure: string | null;
}

/** Runs one step after the other; one that fails does not end the play. */
export class Steps {
  readonly reports: StepReport[] = [];
  readonly signal: AbortSignal;
  readonly #onStep: (step: StepReport) => void;

  constructor(onStep: (step: StepReport) => void, signal: AbortSignal) {
    this.#onStep = onStep;
    this.signal = signal;
  }

  get haveSucceeded(): boolean {
    return this.reports.every((step) => step.failure === null);
  }

  /** Rejects only when the signal says so. */
  async run(kind: StepKind, title: string, run: () => Promise<void>): Promise<void> {
    const started = performance.now();
    let failure: string | null = null;
    try {
      await run();
    } catch (error) {
      this.signal.throwIfAborted();
      failure = (error as Error).message;
    }
    const step = { kind, title, durationMs: performance.now() - started, failure };
    this.reports.push(step);
    this.#onStep(step);
  }
}
