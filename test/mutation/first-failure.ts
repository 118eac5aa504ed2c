/** A reporter that ends the process with the first test that fails: the mutant is found, and nobody reads on. */
export default async function* firstFailure(events: AsyncIterable<{ type: string }>): AsyncGenerator<string> {
  for await (const { type } of events) if (type === 'test:fail') process.exit(1);
  yield '';
}
