import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { homeOption, jsonOption } from '../home-option.ts';
import { print, printJson, table } from '../output.ts';

interface UserOptions {
  home: string;
  role: 'readonly' | 'administrator';
  stdin: boolean;
  json?: true;
}

const HELP = `
Passwords are made by chance and printed once; with --stdin they are read from standard input, so that none stands in the
list of processes. A running API takes over changes at once. A new password voids all tokens of the user.
`;

/** `muster api user`: who may use the HTTP API. */
export function userCommand(): Command {
  const command = new Command('user')
    .summary('list, add and remove users of the HTTP API')
    .description('Lists, adds and removes users of the HTTP API, and gives them new passwords.')
    .addHelpText('after', HELP);
  command
    .command('list')
    .description('Lists the users and their roles.')
    .addOption(homeOption())
    .addOption(jsonOption())
    .action(async ({ home, json }: UserOptions) => {
      const { list } = await usersOf(home);
      const rows = list.map(({ name, role }) => ({ name, role }));
      if (json) printJson(rows);
      else
        print(
          table(
            ['NAME', 'ROLE'],
            rows.map(({ name, role }) => [name, role]),
          ),
        );
    });
  command
    .command('add <name>')
    .description('Adds a user.')
    .addOption(homeOption())
    .addOption(
      new Option('--role <role>', 'what the user may do')
        .choices(['readonly', 'administrator'])
        .default('readonly'),
    )
    .addOption(stdinOption())
    .action(async (name: string, { home, role, stdin }: UserOptions) => {
      const users = await usersOf(home);
      const password = await newPassword(stdin);
      await users.add(name, role, password.text);
      print(`${name} may use the API, as ${role}.${password.told}`);
    });
  command
    .command('remove <name>')
    .description('Removes a user; its tokens are void.')
    .addOption(homeOption())
    .action(async (name: string, { home }: UserOptions) => {
      await (await usersOf(home)).remove(name);
      print(`${name} is removed.`);
    });
  command
    .command('password <name>')
    .description('Gives a user a new password; its tokens are void.')
    .addOption(homeOption())
    .addOption(stdinOption())
    .action(async (name: string, { home, stdin }: UserOptions) => {
      const users = await usersOf(home);
      const password = await newPassword(stdin);
      await users.setPassword(name, password.text);
      print(`${name} has a new password.${password.told}`);
    });
  return command;
}

const stdinOption = () => new Option('--stdin', 'read the password from standard input').default(false);

async function usersOf(home: string) {
  const { Users } = await import('../../api/auth/users.ts');
  return Users.open(home);
}

async function newPassword(fromStdin: boolean): Promise<{ text: string; told: string }> {
  if (fromStdin) return { text: (await text(process.stdin)).replace(/\r?\n$/, ''), told: '' };
  const { randomPassword } = await import('../../api/auth/users.ts');
  const made = randomPassword();
  return { text: made, told: ` Password, shown this once: ${made}` };
}
