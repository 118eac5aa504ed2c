import { after, afterEach, before } from 'node:test';
import { waitFor } from '../e2e/cluster.ts';
import { WatchedMaster } from './master.ts';
import { RawPeer } from './raw-peer.ts';

/** A master for the tests of one `describe`; the peers that join it go with each test. */
export class WithMaster {
  #master: WatchedMaster | null = null;
  #peers: RawPeer[] = [];

  constructor(...[transport, clusterJson, files]: Parameters<typeof WatchedMaster.start>) {
    before(async () => {
      const master = await WatchedMaster.start(transport, clusterJson, files);
      this.#master = master;
      await waitFor('the first scan', () => /Calculated metadata/.test(master.output));
    });
    after(() => this.#master?.close());
    afterEach(() => {
      for (const peer of this.#peers) peer.close();
      this.#peers = [];
    });
  }

  get master(): WatchedMaster {
    if (this.#master === null) throw new Error('the master has not been started');
    return this.#master;
  }

  get output(): string {
    return this.master.output;
  }

  async join(name: string): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.master.cluster.port, name);
    this.#peers.push(peer);
    return peer;
  }

  async heldBytes(): Promise<number> {
    return (await this.master.held()).heldBytes;
  }

  async heldSince(idleBytes: number): Promise<number> {
    return (await this.heldBytes()) - idleBytes;
  }
}
