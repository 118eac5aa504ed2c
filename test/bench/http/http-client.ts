import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const HOST = '127.0.0.1';
const LOG_IN = '/security/user/authenticate?raw=true';

/** Asks the API over connections that stay. */
export class HttpClient {
  readonly #agent: Agent;
  readonly #port: number;
  #authorization: string;

  private constructor(port: number, connections: number, authorization: string) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#port = port;
    this.#authorization = authorization;
  }

  static async logIn(
    port: number,
    { name, password, connections }: { name: string; password: string; connections: number },
  ): Promise<HttpClient> {
    const basic = Buffer.from(`${name}:${password}`).toString('base64');
    const client = new HttpClient(port, connections, `Basic ${basic}`);
    client.#authorization = `Bearer ${await client.get(LOG_IN)}`;
    return client;
  }

  /** The body of an answer that is well. */
  get(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: this.#authorization };
      request({ agent: this.#agent, host: HOST, port: this.#port, path, headers }, (response) => {
        text(response).then((body) => {
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`${path}: ${response.statusCode} ${body}`));
        }, reject);
      })
        .on('error', reject)
        .end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Answers that were looked at, and how long they took. */
export interface Load {
  readonly tripsMs: readonly number[];
  readonly seconds: number;
}

/** Asks for the same so many times, with so many requests at once. */
export async function load(
  client: HttpClient,
  path: string,
  { times, atOnce, check }: { times: number; atOnce: number; check: (body: string) => boolean },
): Promise<Load> {
  const tripsMs: number[] = [];
  let left = times;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      const startedMs = performance.now();
      const body = await client.get(path);
      tripsMs.push(performance.now() - startedMs);
      if (!check(body)) throw new Error(`a wrong answer to ${path}: ${body.slice(0, 200)}`);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, one));
  return { tripsMs, seconds: (performance.now() - startedMs) / 1000 };
}
