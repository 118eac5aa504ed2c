import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FaultProxy } from '../chaos/fault-proxy.ts';
import { Cluster, waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';

/** Several times what is under way at once, so that it changes long before its end is read. */
const CHANGING_BYTES = 12 * 1024 * 1024;
/** The changing file takes about a second and a half. */
const SLOW_BYTES_PER_SECOND = 8 * 1024 * 1024;
/** Much shorter than the file takes. */
const REWRITE_MS = 250;
const DEADLINE_MS = 30_000;
const CHANGING = 'etc/rules/changing.xml';
const LARGE_BYTES = 2_000_000;
/** Some come after it in every list. */
const OTHERS = ['etc/rules/a.xml', 'etc/rules/z.xml', 'etc/rules/z-large.xml'];

describe('one large file that is written anew all the time, over a slow line', () => {
  let cluster: Cluster;
  let proxy: FaultProxy;
  let worker: NodeProcess;
  let version = 0;
  let rewriting: NodeJS.Timeout | undefined;
  const rewrite = () => {
    version += 1;
    writeFileSync(join(cluster.master.home, CHANGING), Buffer.alloc(CHANGING_BYTES, `version ${version}\n`));
  };

  before(async () => {
    cluster = await Cluster.create(0);
    proxy = await FaultProxy.open(cluster.port);
    proxy.throttle(SLOW_BYTES_PER_SECOND);
    worker = await cluster.addWorker('worker1', 'worker1', proxy.port);
    for (const path of OTHERS)
      cluster.write(path, path.includes('large') ? Buffer.alloc(LARGE_BYTES, path) : path);
    cluster.write(CHANGING, 'what the worker had of it', worker);
    rewrite();
    cluster.start();
  });
  after(async () => {
    clearInterval(rewriting);
    await cluster.close();
    await proxy.close();
  });

  const eventually = (what: string, check: () => boolean) =>
    waitFor(what, check, DEADLINE_MS, () =>
      cluster.nodes.map((node) => `${node.name}:\n${node.output.slice(-4000)}`).join('\n'),
    );
  const has = (path: string) => existsSync(join(worker.home, path));
  /** More has arrived than any other file has. */
  const isUnderWay = () => {
    const incoming = join(worker.home, 'queue/cluster/worker1');
    const names = existsSync(incoming) ? readdirSync(incoming) : [];
    return names.some((name) => name.endsWith('.part') && statSync(join(incoming, name)).size > LARGE_BYTES);
  };

  it('does not keep the others from arriving in the first round', async () => {
    await eventually('the file to travel', isUnderWay);
    rewrite();
    rewriting = setInterval(rewrite, REWRITE_MS);
    await eventually('the others', () => OTHERS.every(has));
    await eventually('the end of the round', () => /files are left to the next round/.test(worker.output));
    assert.equal(worker.output.match(/"Integrity sync","msg":"Starting/g)?.length, 1);
    assert.match(
      cluster.master.output,
      /changing\.xml is left to the next round: Error 3119 .*changed while it was being sent/,
    );
    assert.doesNotMatch(worker.output + cluster.master.output, /"level":"error".*"Integrity sync"/);
    assert.equal(statSync(join(worker.home, CHANGING)).size, 'what the worker had of it'.length);
  });

  it('does not keep away what comes later', async () => {
    cluster.write('etc/rules/later.xml', 'later');
    await eventually('the later file', () => has('etc/rules/later.xml'));
  });

  it('arrives when it is left alone', async () => {
    clearInterval(rewriting);
    await eventually('the file', () => statSync(join(worker.home, CHANGING)).size === CHANGING_BYTES);
    await cluster.inStep([worker], DEADLINE_MS);
  });
});
