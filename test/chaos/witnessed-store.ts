import type {
  AgentData,
  AgentGroupsWritten,
  ConnectionChange,
  ConnectionStatus,
  SetAgentGroups,
  SyncStatus,
} from '../../src/agents/store.ts';
import type { ClientOptions } from '../../src/agents/wdb-client.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import type { Ledger } from './ledger.ts';

const SUM_CHARS = 32;

/** The store of a running node, as agents and operators use it; a ledger keeps what it was told. */
export class WitnessedStore extends WdbStore {
  readonly #ledger: Ledger;
  #reports = 0;

  constructor(options: ClientOptions, ledger: Ledger) {
    super(options);
    this.#ledger = ledger;
  }

  /** No two reports are alike. */
  override async updateAgentData(data: AgentData): Promise<void> {
    this.#reports += 1;
    const sum = `${this.#reports}`.padStart(SUM_CHARS, '0');
    const confirm = this.#ledger.ask(data.id, 'report', sum);
    await this.#keepalive(data.id, data.connectionStatus, () =>
      super.updateAgentData({ ...data, columns: { ...data.columns, config_sum: sum } }),
    );
    confirm();
  }

  override updateKeepalive(id: number, connection: ConnectionStatus, sync: SyncStatus): Promise<void> {
    return this.#keepalive(id, connection, () => super.updateKeepalive(id, connection, sync));
  }

  override async updateConnectionStatus(change: ConnectionChange): Promise<void> {
    const confirm = this.#ledger.ask(change.id, 'connection', change.connectionStatus);
    await super.updateConnectionStatus(change);
    confirm();
  }

  override async setAgentGroups(order: SetAgentGroups): Promise<AgentGroupsWritten> {
    const confirmations = order.agents.map(({ id, groups }) => this.#ledger.ask(id, 'groups', groups.join()));
    const written = await super.setAgentGroups(order);
    if (written.errors.length === 0) for (const confirm of confirmations) confirm();
    return written;
  }

  async #keepalive(id: number, status: ConnectionStatus, ask: () => Promise<void>): Promise<void> {
    const atMs = Date.now();
    const confirm = this.#ledger.ask(id, 'connection', status);
    await ask();
    confirm();
    this.#ledger.heard(id, atMs);
  }
}
