import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemClock } from '../../src/node/clock.ts';
import { mirrorRegistry } from '../../src/node/effects/registry.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { embeddedSubject, storeWith } from '../agents/fixture.ts';
import { wireServices } from '../harness/wire/services.ts';
import { LogCollector } from '../spec/log-collector.ts';

/** A node that brings its store in step with its files. */
async function node() {
  const subject = await embeddedSubject();
  const log = new LogCollector();
  const services = { ...wireServices(systemClock), log };
  services.store.set(subject.store);
  return { subject, log, services, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() };
}

const errors = (log: LogCollector) =>
  log.lines
    .filter(({ level }) => level === 'error')
    .map(({ message, fields }) => `${message}: ${MusterError.from(fields?.error).toLog()}`);

it('agents that cannot be taken over: the log blames the file if it is the file', async () => {
  await using one = await node();
  mkdirSync(join(one.subject.home.path, 'etc/client.keys'), { recursive: true });
  assert.equal(await mirrorRegistry(one.services), false);
  assert.equal(errors(one.log).length, 1);
  assert.match(
    errors(one.log)[0] ?? '',
    /^Agents and groups could not be brought up to date: Error 3119 .*client\.keys/,
  );
});

it('agents that cannot be taken over: the log blames the store if it is the store', async () => {
  await using one = await node();
  mkdirSync(join(one.subject.home.path, 'etc'), { recursive: true });
  writeFileSync(join(one.subject.home.path, 'etc/client.keys'), '');
  one.services.store.set(
    storeWith(one.subject.store, {
      mirrorRegistry: () => Promise.reject(new MusterError(3204, 'queue/db/global.db')),
    }),
  );
  assert.equal(await mirrorRegistry(one.services), false);
  const [line = ''] = errors(one.log);
  assert.match(line, /^Agents and groups could not be brought up to date: Error 3204 .*global\.db/);
  assert.doesNotMatch(line, /client\.keys/);
});
