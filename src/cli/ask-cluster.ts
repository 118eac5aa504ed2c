import { ClusterClient, type MethodRequestOptions } from '../local/cluster-client.ts';
import { MusterError } from '../protocol/errors.ts';
import type { ItemsResult } from '../requests/method.ts';
import type { MethodArgs, MethodName, MethodResult } from '../requests/methods.ts';
import { ExitCode } from './exit-code.ts';
import { printable } from './output.ts';

/** Asks the cluster one thing through the running daemon of a home, and leaves. */
export async function askCluster<M extends MethodName>(
  home: string,
  method: M,
  args: MethodArgs<M>,
  options: MethodRequestOptions = {},
): Promise<MethodResult<M>> {
  return withCluster(home, (client) => client.request(method, args, options));
}

/** Asks it several things over one connection. */
export async function withCluster<Result>(
  home: string,
  use: (client: ClusterClient) => Promise<Result>,
): Promise<Result> {
  const client = await ClusterClient.connect(home);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Tells on standard error which items failed, and lets the command end with the exit code for that. */
export function tellFailures({ failed }: Pick<ItemsResult, 'failed'>): void {
  for (const { error, ids } of failed) {
    process.stderr.write(
      `muster: ${printable(`${ids.join(', ')}: ${MusterError.fromWire(error).toLog()}`)}\n`,
    );
  }
  if (failed.length > 0) process.exitCode = ExitCode.failed;
}
