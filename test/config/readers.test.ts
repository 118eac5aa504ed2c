import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeConfiguration } from '../../src/config/describe.ts';
import { loadConfig } from '../../src/config/load.ts';
import { serverSettings } from '../../src/node/settings.ts';
import { ossecConf, temporaryHome } from './temporary-home.ts';

/** What existing installations have and this version does without, with the words that say so. */
const ACCEPTED_ONLY: Readonly<Record<string, string>> = {
  'master.timeoutExtraValidMs': 'intervals.master.timeout_extra_valid',
};

/** The settings below a value, as `section.name`. */
function settingsOf(value: object, section = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? settingsOf(inner, `${name}.`)
      : [`${section}${name}`],
  );
}

test('every setting is read by somebody, or its description says that it does nothing', async () => {
  const { intervals, distributedApiEnabled, security, push, connection, agents, log } = await loadConfig(
    temporaryHome({ 'etc/ossec.conf': ossecConf() }),
  );
  const root = new URL('../../', import.meta.url);
  const text = globSync('{machines,src}/**/*.ts', { cwd: root })
    .filter((path) => !path.startsWith('src/config/'))
    .map((path) => readFileSync(new URL(path, root), 'utf8'))
    .join('\n');
  const settings = settingsOf({
    ...intervals,
    distributedApiEnabled,
    security,
    push,
    connection,
    agents,
    log,
  });
  assert.ok(settings.length > 30);
  // `master.watch` or, of a section that was taken apart, `watch`: a name that is nowhere has no reader.
  const unread = settings.filter((setting) => !new RegExp(`\\b${setting.split('.').at(-1)}\\b`).test(text));
  assert.deepEqual(unread.sort(), Object.keys(ACCEPTED_ONLY).sort());
  const rows = describeConfiguration().split('\n');
  for (const key of Object.values(ACCEPTED_ONLY)) {
    const row = rows.find((line) => line.startsWith(`| \`${key}\` |`));
    assert.match(row ?? '', /Accepted because existing installations have it/, key);
  }
});

test('a master gives a peer as long for its hello as the configuration says', async () => {
  const config = await loadConfig(
    temporaryHome({
      'etc/ossec.conf': ossecConf(),
      'etc/muster.json': JSON.stringify({ connection: { handshake_timeout: 7 } }),
    }),
  );
  assert.equal(serverSettings(config).helloTimeoutMs, 7_000);
});
