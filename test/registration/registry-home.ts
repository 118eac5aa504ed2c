import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A home with a directory for its keys, removed when it is disposed of. */
export class RegistryHome implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'muster-registry-'));
  readonly file = join(this.path, 'etc/client.keys');
  /** Where a new file is written before it takes the place of the old one: a directory there keeps anybody from it, root too. */
  readonly obstacle = join(this.path, 'etc/client.keys.tmp');

  constructor(content: string | Uint8Array | null = null) {
    mkdirSync(join(this.path, 'etc'));
    if (content !== null) writeFileSync(this.file, content);
  }

  get text(): string {
    return readFileSync(this.file, 'utf8');
  }

  get mode(): number {
    return statSync(this.file).mode & 0o777;
  }

  /** Names in `etc`: whatever a writer left there. */
  get names(): string[] {
    return readdirSync(join(this.path, 'etc')).sort();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A key as keys are: 64 hexadecimal digits. */
export const keyOf = (digit: string) => digit.repeat(64);
