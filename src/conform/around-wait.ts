/** Is handed every wait with what is waited for, and for how long at most, and gives its result back. */
export type AroundWait = <Result>(what: string, timeoutMs: number, work: Promise<Result>) => Promise<Result>;

export const justWait: AroundWait = (_what, _timeoutMs, work) => work;
