import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelRegistry } from '../../src/node/channel-registry.ts';
import { conversation } from './speakers.ts';

test('a channel is found by its connection, until the connection is gone', () => {
  const registry = new ChannelRegistry();
  const { channel } = conversation().client;
  assert.throws(() => registry.get(channel.id), { code: 3103 });
  registry.add(channel);
  assert.equal(registry.get(channel.id), channel);
  assert.equal(registry.find(channel.id), channel);
  registry.remove(channel.id);
  registry.remove(channel.id);
  assert.throws(() => registry.get(channel.id), { code: 3103 });
  assert.equal(registry.find(channel.id), undefined);
});

test('a worker knows the channel to its master as long as there is one', () => {
  const registry = new ChannelRegistry();
  const { channel } = conversation().client;
  assert.equal(registry.master(), undefined);
  registry.add(channel);
  registry.setMaster(channel.id);
  assert.equal(registry.master(), channel);
  registry.remove(channel.id);
  assert.equal(registry.master(), undefined);
});
