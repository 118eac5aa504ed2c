import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../src/node/wazuh4/conversation.ts';
import { listener } from '../../src/node/wazuh4/hearing.ts';
import { localListener } from '../../src/node/wazuh4/local-hearing.ts';
import { wazuh4Local } from '../../src/protocol/dialects/wazuh4/dialect.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { rows, type TableName } from '../protocol/wazuh4/calls.ts';

/** What a command is refused with that an end does not serve. */
const NOT_SERVED = 3109;
/** Their pieces are taken past whoever hears requests. */
const BULK = ['str_upd', 'file_upd'];

const isServed = (hear: (request: never) => unknown, command: string): boolean => {
  try {
    hear({ command, args: {} } as never);
    return true;
  } catch (error) {
    return !(error instanceof MusterError) || error.code !== NOT_SERVED;
  }
};

/** The commands of a table that this end serves, and those of which the table says so. */
function compared(table: TableName, end: string, hear: (request: never) => unknown) {
  const commands = rows.filter(([of, command]) => of === table && !BULK.includes(command));
  return {
    served: commands.map(([, command]) => command).filter((command) => isServed(hear, command)),
    told: commands
      .filter(([, , { receivers }]) => receivers.some((one) => one === end))
      .map(([, command]) => command),
  };
}

test('whoever the tables say receives a command of Wazuh 4.x serves it', () => {
  for (const role of ['master', 'worker'] as const) {
    const conversation = {
      role,
      nodeName: 'a',
      compatibleVersion: '4.7.5',
      maxFileBytes: 1,
      maxSentFileBytes: 1,
    };
    const between = compared('cluster', role, listener(new Conversation(conversation)));
    const missing = between.told.filter((command) => !between.served.includes(command));
    assert.deepEqual(missing, [], role);
    const end = `local-${role}` as const;
    const hear = localListener(
      { role, home: '/home', compatibleVersion: '4.7.5' },
      wazuh4Local(end),
      () => 1,
    );
    const atSocket = compared('local', end, hear);
    assert.deepEqual(
      atSocket.told.filter((command) => !atSocket.served.includes(command)),
      [],
      end,
    );
  }
});
