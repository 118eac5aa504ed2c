import { accessSync, constants } from 'node:fs';
import { EmbeddedStore } from '../../src/agents/embedded/store.ts';

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
