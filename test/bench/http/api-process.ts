import { Users } from '../../../src/api/auth/users.ts';
import type { BenchNode } from '../bench-node.ts';
import { API_LISTENING } from '../log-patterns.ts';
import { ProbedProcess } from '../probed-process.ts';
import type { RunContext } from '../scenario.ts';
import { HttpClient } from './http-client.ts';

const USER = 'bench';
const PASSWORD = 'a password of the bench';

/** `muster api` beside a node, as a real process; it stands in the tables as the worker does. */
export class ApiProcess extends ProbedProcess implements BenchNode {
  readonly home: string;
  readonly #launcher: string;

  constructor({ system, profilePrefix }: RunContext, home: string) {
    const { probe, launcher } = system;
    if (probe === null || launcher === null) throw new Error('only Muster has this API');
    super({ name: 'api', probe, profilePrefix });
    this.home = home;
    this.#launcher = launcher;
  }

  start(): void {
    const args = ['api', '--home', this.home, '--port', '0', '--log', 'json'];
    this.spawn('sh', [this.#launcher, ...args]);
  }

  /** Starts it and logs in. */
  async serve(connections: number): Promise<HttpClient> {
    await (await Users.open(this.home)).add(USER, 'readonly', PASSWORD);
    this.start();
    const { text } = await this.lines.first(API_LISTENING);
    const port = Number(API_LISTENING.exec(text)?.[1]);
    return HttpClient.logIn(port, { name: USER, password: PASSWORD, connections });
  }

  async digest(): Promise<string | null> {
    return null; // files are no part of it
  }
}
