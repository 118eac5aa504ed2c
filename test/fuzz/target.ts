import assert from 'node:assert/strict';
import type fc from 'fast-check';
import { MusterError } from '../../src/protocol/errors.ts';

/** Something that reads bytes which nobody vouches for. */
export interface Target {
  readonly name: string;
  /** Valid inputs, which are mutated. */
  samples(): Promise<Uint8Array[]>;
  /** Inputs of the right shape, valid or not. */
  readonly generated: fc.Arbitrary<Uint8Array>;
  /**
   * Reads one input. Rejects only if something is wrong with the reader: a refusal with a code that it may have is a
   * right answer.
   */
  run(input: Uint8Array): void | Promise<void>;
  /** Most memory that one input may take, bytes. */
  readonly maxMemoryBytes: number;
}

/** Runs a reader: its result, or the code with which it refused. Rejects with whatever else it throws. */
export async function readOrRefuse<Result>(
  codes: readonly number[],
  read: () => Result | Promise<Result>,
): Promise<{ result: Result } | { refused: MusterError }> {
  try {
    return { result: await read() };
  } catch (error) {
    return { refused: refusalOf(error, codes) };
  }
}

/** The same without waiting, where a hundred thousand inputs a minute count. */
export function readOrRefuseNow<Result>(
  codes: readonly number[],
  read: () => Result,
): { result: Result } | { refused: MusterError } {
  try {
    return { result: read() };
  } catch (error) {
    return { refused: refusalOf(error, codes) };
  }
}

/** A refusal says what happened, in few words, without anything that a terminal could take for a command. */
function refusalOf(error: unknown, codes: readonly number[]): MusterError {
  if (!(error instanceof MusterError)) throw error;
  assert.ok(codes.includes(error.code), `refused with ${error.code}: ${error.message}\n${error.stack}`);
  assert.ok(error.detail !== null && error.detail !== '', `${error.code} without a detail`);
  return error;
}
