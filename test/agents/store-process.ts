import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';
import { stuckThreads } from '../../src/agents/embedded/thread-end.ts';
import { storePath } from '../../src/agents/paths.ts';
import { WdbStore } from '../../src/agents/wdb-store.ts';
import { ENDLESS } from './endless.ts';
import { addAgents, textOf } from './fixture.ts';

/** A process with a store of its own, for what one process cannot show: that it is killed, or is somebody else. */
const [what = '', home = ''] = process.argv.slice(2);
/** Nobody in particular, who owns nothing. */
const NOBODY = 65_534;
const open = () => EmbeddedStore.open({ home, isMaster: true, isServed: false });

const cases: Readonly<Record<string, () => Promise<void>>> = {
  /** Adds agents until it is killed, and tells of each that was answered. */
  async insert() {
    const store = await open();
    for (let id = 1; ; id += 1) {
      await store.insertAgent({ id, name: `a${id}`, dateAddS: 1 });
      console.log(id);
    }
  },
  /** Lets another program ask what takes SQLite for ever, and opens the store again. */
  async hangInSqlite() {
    const served = { home, isMaster: true, isServed: true, timeoutMs: 500 };
    const store = await EmbeddedStore.open(served);
    await addAgents(store, 300);
    const program = new WdbStore({ socket: storePath(home, 'socket'), timeoutMs: 5_000 });
    // Until it is carried out others are answered.
    program.query(ENDLESS).catch(() => {});
    await assert.rejects(async () => {
      for (;;) await store.agentName(1);
    });
    console.log((await store.died).code);
    console.log(`${stuckThreads()} threads are stuck`);
    await EmbeddedStore.open(served);
    console.log(`served again: ${textOf(await program.query('global select-agent-name 1'))}`);
    process.kill(process.pid, 'SIGKILL');
  },
  /** Tells the code with which opening fails for somebody who is not root. */
  async openAsNobody() {
    process.setgid?.(NOBODY);
    process.setuid?.(NOBODY);
    try {
      accessSync(import.meta.filename, constants.R_OK);
    } catch {
      console.log('no sources'); // where they lie, nobody but root can run anything
      return;
    }
    console.log(
      await open().then(
        () => 'opened',
        ({ code }) => code,
      ),
    );
  },
};

await cases[what]?.();
