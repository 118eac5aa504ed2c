import { complaintText } from '../agents/group-names.ts';
import { MusterError } from '../protocol/errors.ts';
import { agentData } from './agent-data.ts';
import type { AgentState } from './agent-state.ts';
import type { SimulatedHome } from './homes.ts';
import type { Act } from './plan.ts';
import type { Tally } from './tally.ts';

/** An agent that says that it shuts down. */
const SHUTDOWN_CODE = 3;
/** Groups belong to the master, which is the first home. */
const MASTER = 0;

/** Does what a plan says, as the agent-facing daemons of the homes would. */
export class Performer {
  readonly #homes: readonly SimulatedHome[];
  readonly #tally: Tally;
  /** Agents whose last report failed: their home may not know what they are. */
  readonly #unheard = new Set<number>();

  constructor(homes: readonly SimulatedHome[], tally: Tally) {
    this.#homes = homes;
    this.#tally = tally;
  }

  /** Does not reject: errors are counted. */
  async perform({ deed, agent }: Act): Promise<void> {
    const place = deed === 'regroup' ? MASTER : agent.home;
    const home = this.#homes[place];
    if (home === undefined) return;
    try {
      await this.#do(deed, agent, home);
      if (deed !== 'regroup') this.#unheard.delete(agent.id);
      this.#tally.did(place, deed, agent.id);
    } catch (error) {
      if (deed !== 'regroup') this.#unheard.add(agent.id);
      this.#tally.failed(place, MusterError.from(error));
    }
  }

  #do(deed: Act['deed'], agent: AgentState, home: SimulatedHome): Promise<void> {
    const { store, syncStatus } = home;
    switch (deed) {
      case 'keepalive':
        if (this.#unheard.has(agent.id)) return store.updateAgentData(agentData(agent, home));
        return store.updateKeepalive(agent.id, 'active', syncStatus);
      case 'leave':
        return store.updateConnectionStatus({
          id: agent.id,
          connectionStatus: 'disconnected',
          syncStatus,
          statusCode: SHUTDOWN_CODE,
        });
      case 'regroup':
        return assignGroups(home, [agent]);
      default:
        return store.updateAgentData(agentData(agent, home));
    }
  }
}

/** Groups of agents as a master is told them: its workers have to hear of it. Rejects with 2003. */
export async function assignGroups({ store }: SimulatedHome, agents: readonly AgentState[]): Promise<void> {
  const order = {
    mode: 'override',
    syncStatus: 'syncreq',
    agents: agents.map(({ id, groups }) => ({ id, groups })),
  } as const;
  const { errors } = await store.setAgentGroups(order);
  if (errors.length > 0) throw new MusterError(2003, errors.map(complaintText).join('; '));
}
