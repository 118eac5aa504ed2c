import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Role } from '../../src/api/auth/users.ts';
import type { AskOptions, ClusterPort } from '../../src/api/cluster-port.ts';
import { type App, buildApp } from '../../src/api/http/app.ts';
import { openApiServices } from '../../src/api/open-services.ts';
import type { ApiServices } from '../../src/api/services.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { type MethodArgs, type MethodName, type MethodResult, methods } from '../../src/requests/methods.ts';

export const PASSWORD = 'correct horse battery';

interface Asked {
  readonly method: MethodName;
  readonly args: unknown;
  readonly options: AskOptions;
}

/** Answers each method with its example, unless told otherwise. Arguments that the method does not allow are an error. */
export class FakeCluster implements ClusterPort {
  readonly asked: Asked[] = [];
  readonly answers = new Map<MethodName, (args: never, options: AskOptions) => unknown>();

  async request<M extends MethodName>(
    method: M,
    args: MethodArgs<M>,
    options: AskOptions,
  ): Promise<MethodResult<M>> {
    this.asked.push({ method, args, options });
    const checked = methods[method].args.safeParse(args);
    if (!checked.success) throw new MusterError(3108, checked.error.message);
    const answer = this.answers.get(method) ?? (() => methods[method].example.result);
    return (await answer(args as never, options)) as MethodResult<M>;
  }

  get last(): Asked {
    const last = this.asked.at(-1);
    if (last === undefined) throw new Error('nothing was asked');
    return last;
  }
}

export interface Api {
  readonly app: App;
  readonly cluster: FakeCluster;
  readonly services: ApiServices;
  readonly home: string;
  /** What was logged. */
  readonly lines: string[];
  /** `Authorization` of somebody with the role. */
  bearer(role: Role): Promise<{ authorization: string }>;
  /** The API of the same home as a new process would be: nothing is remembered but what is on disk. */
  restart(): Promise<App>;
}

interface ApiOptions {
  tokenLifetimeMs?: number;
  maxLoginAttempts?: number;
  blockTimeMs?: number;
  trustedProxies?: string[];
}

/** The API over a fake cluster; `admin` and `watcher` may log in. Hashing passwords is most of its work: one a file. */
export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const home = temporaryHome();
  const cluster = new FakeCluster();
  const lines: string[] = [];
  const write = (message: string, fields?: object) => {
    lines.push(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
  };
  const log = {
    isDebug: true,
    debug2: write,
    debug: write,
    info: write,
    warning: write,
    error: (message: string, fields?: { error?: unknown }) =>
      lines.push(`ERROR ${message} ${String((fields?.error as Error | undefined)?.stack)}`),
  };
  const open = () =>
    openApiServices({
      home,
      cluster,
      log,
      tokenLifetimeMs: options.tokenLifetimeMs ?? 900_000,
      maxLoginAttempts: options.maxLoginAttempts ?? 10,
      blockTimeMs: options.blockTimeMs ?? 300_000,
    });
  const services = await open();
  await services.users.add('admin', 'administrator', PASSWORD);
  await services.users.add('watcher', 'readonly', PASSWORD);
  const app = await buildApp(services, options);
  after(() => app.close());
  const bearer = async (role: Role) => {
    const user = await services.users.find(role === 'administrator' ? 'admin' : 'watcher');
    if (user === null) throw new Error(`nobody is ${role}`);
    return { authorization: `Bearer ${await services.tokens.issue(user)}` };
  };
  const restart = async () => {
    const next = await buildApp(await open(), options);
    after(() => next.close());
    return next;
  };
  return { app, cluster, services, home, lines, bearer, restart };
}

export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'muster-api-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
