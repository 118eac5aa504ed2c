import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cluster, waitFor } from './cluster.ts';
import type { NodeProcess } from './node-process.ts';

describe('who may not join, and what the log says of it', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.recorded(1);
    cluster.write('etc/rules/a.xml', 'a\n');
    cluster.start();
    await cluster.inStep();
  });
  after(() => cluster.close());

  const edit = (node: NodeProcess, from: string | RegExp, to: string) => {
    const path = join(node.home, 'etc/ossec.conf');
    const text = readFileSync(path, 'utf8');
    assert.notEqual(text.replace(from, to), text, 'the configuration has what is to be replaced');
    writeFileSync(path, text.replace(from, to));
  };
  const says = (node: NodeProcess, pattern: RegExp) =>
    waitFor(
      `${node.name} to say ${pattern}`,
      () => pattern.test(node.output),
      15_000,
      () => node.output,
    );

  it('a worker with another key: both sides say what to do', async () => {
    const stranger = await cluster.addWorker('stranger');
    edit(stranger, /<key>.*<\/key>/, `<key>${'f'.repeat(32)}</key>`);
    stranger.start();
    await says(stranger, /Error 3106/);
    await says(cluster.master, /3106/);
    await stranger.kill('SIGKILL');
  });

  it('a worker of another cluster', async () => {
    const stranger = await cluster.addWorker('foreigner');
    edit(stranger, /<name>.*<\/name>/, '<name>elsewhere</name>');
    stranger.start();
    await says(stranger, /Error 3030/);
    await stranger.kill('SIGKILL');
  });

  it('a second node of a name that is connected; the first one is not disturbed', async () => {
    const twin = await cluster.addWorker('worker1', 'twin');
    twin.start();
    await says(twin, /Error 3028/);
    await twin.kill('SIGKILL');
    const [worker] = cluster.workers;
    assert.ok(worker);
    assert.equal((await cluster.status(worker)).connected, true);
  });

  it('a second daemon on the same home', async () => {
    const [worker] = cluster.workers;
    assert.ok(worker);
    const { NodeProcess } = await import('./node-process.ts');
    const second = new NodeProcess('second', worker.home);
    second.start();
    assert.notEqual(await second.ended(), 0);
    assert.match(second.output, /3117/);
    assert.ok(worker.runs);
  });

  it('a port in use: the second master says once which address, and what to do, and ends', async () => {
    const { NodeProcess } = await import('./node-process.ts');
    const rival = await Cluster.create(0);
    const path = join(rival.master.home, 'etc/ossec.conf');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/<port>\d+<\/port>/, `<port>${cluster.port}</port>`),
    );
    const second = new NodeProcess('rival', rival.master.home);
    second.start(['--log', 'look']);
    assert.equal(await second.ended(), 1);
    const problems = second.output.split('\n').filter((line) => /ERROR|WARNING|3101/.test(line));
    const [problem = ''] = problems;
    assert.match(
      problem,
      new RegExp(
        `ERROR: .*Error 3101 - Cannot listen: 127.0.0.1:${cluster.port}: another process uses it: stop`,
      ),
    );
    assert.deepEqual(problems, [problem], 'it is told once');
    await rival.close();
  });

  it('garbage on the port: it is dropped, and the cluster goes on', async () => {
    for (const bytes of [randomBytes(4096), Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(22, 0xff)]) {
      const socket = connect(cluster.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.on('error', () => {
        // A reset is one of the two ways in which a peer drops us.
      });
      socket.write(bytes);
      socket.resume();
      await closed;
    }
    cluster.write('etc/rules/b.xml', 'after the garbage\n');
    await cluster.inStep(cluster.workers.slice(0, 1));
  });
});
