import { Command, InvalidArgumentError, Option } from 'commander';
import { userCommand } from './api/user.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { homeOption } from './home-option.ts';
import { print } from './output.ts';

interface ApiOptions {
  home?: string;
  host?: string;
  port?: number;
  insecure: boolean;
  debug: boolean;
  log: 'auto' | 'look' | 'json' | 'none';
}

const MAX_PORT = 65_535;

const HELP = `
The API and its live page are a process of their own beside the daemon of the home (\`muster node\`), which may be started
before or after it. Settings stand under "api" in etc/muster.json. It listens on loopback unless they say otherwise, and off
loopback only with a certificate, or with --insecure behind a proxy that speaks TLS. Name such a proxy in
api.trusted_proxies, or all who come through it are locked out together when one of them guesses passwords.

The first start makes the user admin, with a random password that is printed once.

Examples:
  $ muster api --home /var/ossec
  $ muster api user add watcher --home /var/ossec --role readonly
  $ TOKEN=$(curl -s -u admin:PASSWORD -X POST 'http://127.0.0.1:55000/security/user/authenticate?raw=true')
  $ curl -s -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:55000/cluster/nodes?pretty=true'
`;

/** `muster api`: the HTTP API and the live page, in the foreground; and its users. */
export function apiCommand(): Command {
  return (
    new Command('api')
      .summary('run the HTTP API and the live page of a home')
      .description(
        'Runs the HTTP API and the live page of a home, in the foreground, until it is told to end.',
      )
      // What stands behind `user` is for it, and not for this command, which has a --home too.
      .enablePositionalOptions()
      // Not mandatory as in other commands: `muster api user` has its own.
      .addOption(homeOption().makeOptionMandatory(false))
      .option(
        '--host <address>',
        'the address to listen on; api.bind_address in etc/muster.json unless given',
      )
      .option('--port <n>', 'the port, 0 for any; api.port in etc/muster.json unless given', port)
      .option('--insecure', 'allow plain HTTP off loopback', false)
      .option('-d, --debug', 'log every request', false)
      .addOption(
        new Option('--log <form>', 'standard output: the look of the log of nodes, JSON, or nothing')
          .choices(['auto', 'look', 'json', 'none'])
          .default('auto'),
      )
      .addHelpText('after', HELP)
      .addCommand(userCommand())
      .action(async (options: ApiOptions) => {
        if (options.home === undefined) throw new UsageError('--home <dir> is missing');
        const { runApi } = await import('../api/run.ts');
        await runApi({
          home: options.home,
          ...(options.host === undefined ? {} : { host: options.host }),
          ...(options.port === undefined ? {} : { port: options.port }),
          insecure: options.insecure,
          debug: options.debug,
          terminal: options.log,
          tellPassword: (name, password) =>
            print(`The user ${name} was made. Password, shown this once: ${password}`),
          tellAddress: (address) =>
            print(`The page: ${address}/  The API and its description: ${address}/docs`),
        });
        process.exitCode = ExitCode.ok;
      })
  );
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_PORT) return value;
  throw new InvalidArgumentError(`A whole number from 0 to ${MAX_PORT} is needed.`);
}
