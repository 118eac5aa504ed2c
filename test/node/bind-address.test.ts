import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkBindAddress } from '../../src/node/bind-address.ts';

const home = '/var/ossec';

describe('the address on which a master listens', () => {
  for (const bindAddress of ['0.0.0.0', '127.0.0.1', '127.0.0.77', 'localhost'])
    it(`may be ${bindAddress}`, () => checkBindAddress({ home, role: 'master', bindAddress }));

  it('may be no other: the file, what was found and what is allowed are told', () =>
    assert.rejects(checkBindAddress({ home, role: 'master', bindAddress: '192.0.2.1' }), {
      code: 3004,
      message: `Error in the configuration: ${home}/etc/ossec.conf: <bind_addr> is '192.0.2.1', and this machine does not have that address; allowed: an address of this machine, or 0.0.0.0 for all of them`,
    }));

  it('may be none that names no interface and needs one', () =>
    assert.rejects(checkBindAddress({ home, role: 'master', bindAddress: 'fe80::1' }), { code: 3004 }));

  it('does not matter on a worker', () =>
    checkBindAddress({ home, role: 'worker', bindAddress: '192.0.2.1' }));
});
