import { assign, setup } from 'xstate';
import type { Failure } from '../failure.ts';
import { actionNotProvided } from '../not-provided.ts';

/** What a worker says of itself in `hello`, and what its transport proved. */
export interface Claim {
  connectionId: number;
  name: string;
  cluster: string;
  /** Protocol versions that the worker speaks. */
  protocol: { min: number; max: number };
  /** Identifier of the worker's home, kept over restarts: tells a returning node from another one of the same name. */
  node: string;
  /** Rises with every connection of that node. */
  session: number;
  /** It speaks as Wazuh 4.x does, though it knows our own dialect and would rather speak that. */
  wantsOurs: boolean;
  /** The version of Wazuh 4.x that the worker has; null for a node of ours, whose protocol decides. */
  release: string | null;
  /** Node name that the transport proved, null where it proves none. */
  provenName: string | null;
}

interface Session {
  connectionId: number;
  node: string;
  session: number;
}

export interface AdmissionInput {
  masterName: string;
  cluster: string;
  protocol: { min: number; max: number };
  /** The only version that workers of Wazuh 4.x may have. */
  release: string;
  /** Workers at the same time. */
  maxSessions: number;
}

interface AdmissionContext extends AdmissionInput {
  sessions: Readonly<Record<string, Session>>;
}

export type AdmissionEvent =
  | { type: 'session.claim'; claim: Claim }
  | { type: 'session.release'; connectionId: number };

/** Names that a node may have: they become directories beside the local socket, and parts of request identifiers. */
export const NODE_NAME = /^(?!c-internal\.sock$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const claimOf = (event: AdmissionEvent): Claim => {
  if (event.type !== 'session.claim') throw new Error(`no claim in ${event.type}`);
  return event.claim;
};
const sessionOf = (context: AdmissionContext, name: string): Session | undefined =>
  Object.hasOwn(context.sessions, name) ? context.sessions[name] : undefined;
type Args = { context: AdmissionContext; event: { claim: Claim } };

/** Refuses a claim with this code, and these words for whoever reads the log. */
const refuse = (code: number, why: (args: Args) => string) => ({
  type: 'refuse' as const,
  params: (args: Args) => ({ claim: args.event.claim, failure: { code, message: why(args) } }),
});
const grant = {
  type: 'grant' as const,
  params: ({ context, event: { claim } }: Args) => ({
    claim,
    protocol: Math.min(claim.protocol.max, context.protocol.max),
  }),
};

/**
 * Decides who may join, and keeps the one live session of each node name. A newer session of the same node evicts the
 * stale one; another node of that name is refused. Specification: Protocols, `hello`.
 */
export const admissionMachine = setup({
  types: {
    context: {} as AdmissionContext,
    input: {} as AdmissionInput,
    events: {} as AdmissionEvent,
  },
  actions: {
    grant: (_, _params: { claim: Claim; protocol: number }) => actionNotProvided('grant')(),
    refuse: (_, _params: { claim: Claim; failure: Failure }) => actionNotProvided('refuse')(),
    evict: (_, _params: { connectionId: number; name: string }) => actionNotProvided('evict')(),
    register: assign({
      sessions: ({ context, event }) => {
        const { name, connectionId, node, session } = claimOf(event);
        return { ...context.sessions, [name]: { connectionId, node, session } };
      },
    }),
    forget: assign({
      sessions: ({ context, event }) =>
        Object.fromEntries(
          Object.entries(context.sessions).filter(
            ([, session]) => event.type !== 'session.release' || session.connectionId !== event.connectionId,
          ),
        ),
    }),
  },
  guards: {
    isBadName: ({ event }) => !NODE_NAME.test(claimOf(event).name),
    wantsOurs: ({ event }) => claimOf(event).wantsOurs,
    isForeignIdentity: ({ event }) => {
      const { provenName, name } = claimOf(event);
      return provenName !== null && provenName !== name;
    },
    isMasterName: ({ context, event }) => claimOf(event).name === context.masterName,
    isOtherCluster: ({ context, event }) => claimOf(event).cluster !== context.cluster,
    isOtherVersion: ({ context, event }) => {
      const { min, max } = claimOf(event).protocol;
      return min > context.protocol.max || max < context.protocol.min;
    },
    isOtherRelease: ({ context, event }) => {
      const { release } = claimOf(event);
      return release !== null && release !== context.release;
    },
    isDuplicate: ({ context, event }) => {
      const { name, node, session } = claimOf(event);
      const live = sessionOf(context, name);
      return live !== undefined && (live.node !== node || live.session >= session);
    },
    isFull: ({ context }) => Object.keys(context.sessions).length >= context.maxSessions,
    hasStaleSession: ({ context, event }) => sessionOf(context, claimOf(event).name) !== undefined,
  },
}).createMachine({
  id: 'admission',
  context: ({ input }) => ({ ...input, sessions: {} }),
  initial: 'open',
  states: {
    open: {
      on: {
        'session.claim': [
          {
            guard: 'isBadName',
            actions: refuse(3105, ({ event: { claim } }) => JSON.stringify(claim.name.slice(0, 128))),
          },
          {
            guard: 'wantsOurs',
            actions: refuse(3104, () => 'the worker speaks our own dialect, which did not get through'),
          },
          {
            guard: 'isForeignIdentity',
            actions: refuse(
              3106,
              ({ event: { claim } }) =>
                `the peer proved to be ${claim.provenName}, and says that it is ${claim.name}`,
            ),
          },
          { guard: 'isMasterName', actions: refuse(3029, ({ event: { claim } }) => claim.name) },
          { guard: 'isOtherCluster', actions: refuse(3030, ({ event: { claim } }) => claim.cluster) },
          {
            guard: 'isOtherVersion',
            actions: refuse(
              3031,
              ({ context: { protocol }, event: { claim } }) =>
                `the worker speaks protocol ${claim.protocol.min} to ${claim.protocol.max}, the master ${protocol.min} to ${protocol.max}`,
            ),
          },
          {
            guard: 'isOtherRelease',
            actions: refuse(
              3031,
              ({ context, event: { claim } }) =>
                `the worker has ${claim.release}, the master is compatible with ${context.release}`,
            ),
          },
          { guard: 'isDuplicate', actions: refuse(3028, ({ event: { claim } }) => claim.name) },
          {
            guard: 'hasStaleSession',
            actions: [
              {
                type: 'evict',
                params: ({ context, event: { claim } }) => ({
                  connectionId: sessionOf(context, claim.name)?.connectionId ?? -1,
                  name: claim.name,
                }),
              },
              'register',
              grant,
            ],
          },
          {
            guard: 'isFull',
            actions: refuse(
              3110,
              ({ context }) => `the master has ${context.maxSessions} workers, and takes no more`,
            ),
          },
          { actions: ['register', grant] },
        ],
        'session.release': { actions: 'forget' },
      },
    },
  },
});
