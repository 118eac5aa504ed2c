import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Daemons of an installation without which the original answers no requests. */
const OTHER_DAEMONS = ['wazuh-modulesd', 'wazuh-analysisd', 'wazuh-execd', 'wazuh-db', 'wazuh-remoted'];
/** What 4.7.5 uses of Python, and Python has no more since 3.10 and 3.11: a name, and the argument `loop`. */
const PREPARE = `
import asyncio, types
asyncio.coroutine = getattr(asyncio, 'coroutine', types.coroutine)
open_unix_connection = asyncio.open_unix_connection
asyncio.open_unix_connection = lambda path=None, *, loop=None, **rest: open_unix_connection(path, **rest)
`;
/** Makes it run as whoever runs this: a machine without an installation has no user of that name. */
const AS_WHOEVER = `${PREPARE}
import os, runpy, sys
from wazuh.core import common
common._WAZUH_UID, common._WAZUH_GID = os.getuid(), os.getgid()
`;
const RUN_SCRIPT = `${AS_WHOEVER}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
`;

/** The Python framework of an existing Wazuh 4.x, which is not part of this project, and the Python that runs it. */
export class WazuhFramework {
  readonly python: string;
  readonly #directory: string;

  /** Throws, in words for a person, if there is none. */
  constructor(directory: string, python: string) {
    const found = [directory, join(directory, 'framework')].find((path) =>
      existsSync(join(path, 'wazuh/core/cluster/cluster.json')),
    );
    if (found === undefined) throw new Error(`${directory} holds no framework (wazuh/core/cluster)`);
    this.#directory = found;
    this.python = python;
  }

  /** As the framework tells it. */
  get version(): string {
    const text = readFileSync(join(this.#directory, 'wazuh/__init__.py'), 'utf8');
    return /__version__ = '([^']+)'/.exec(text)?.[1] ?? 'unknown';
  }

  /** The original finds its home by where it lies: each home gets the framework as a copy, if it has none yet. */
  copyInto(home: string): void {
    const own = join(home, 'framework');
    if (!existsSync(join(own, 'scripts'))) cpSync(this.#directory, own, { recursive: true, force: false });
  }

  /** What its programs on a home need. The daemon imports the package of the API, which lies beside the framework. */
  environment(home: string): NodeJS.ProcessEnv {
    const path = [join(home, 'framework'), join(this.#directory, '../api')];
    return { ...process.env, PYTHONPATH: path.join(delimiter) };
  }

  /** Arguments of Python that run a script of the framework on a home. */
  script(home: string, name: string, ...args: readonly string[]): string[] {
    return ['-u', '-c', RUN_SCRIPT, join(home, 'framework/scripts', name), ...args];
  }

  /** Arguments of Python that run a program, whose text may use the framework. */
  program(text: string, ...args: readonly string[]): string[] {
    return ['-c', AS_WHOEVER + text, ...args];
  }
}

/** In this home the other daemons of an installation seem to run as long as this process does. */
export function seemToRun(home: string): void {
  mkdirSync(join(home, 'var/run'), { recursive: true });
  for (const daemon of OTHER_DAEMONS) {
    writeFileSync(join(home, `var/run/${daemon}-${process.pid}.pid`), `${process.pid}\n`);
  }
}
