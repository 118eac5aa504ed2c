/** What the actions with parameters look at that the processes of integrity share. */
interface Asked<Event> {
  context: { connectionId: number };
  event: Event;
}

export const acknowledge = {
  type: 'acknowledge' as const,
  params: ({ context: { connectionId }, event: { counter } }: Asked<{ counter: number }>) => ({
    connectionId,
    counter,
  }),
};

/** Whatever the state has no use for is answered too: no request of a peer stays without an outcome. */
export const refuse = {
  type: 'refuse' as const,
  params: ({ context: { connectionId }, event }: Asked<{ type: string } | { counter: number }>) => ({
    connectionId,
    counter: 'counter' in event ? event.counter : 0,
  }),
};
