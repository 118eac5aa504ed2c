import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

/** Certificates that were made by `fixtures/make.sh`, and the authority that signed all but the stranger's. */
export function certified(
  name: 'master' | 'worker1' | 'worker2' | 'nameless' | 'expired' | 'stranger',
  serverName: string | null = null,
) {
  return {
    certificate: read(`${name}.pem`),
    privateKey: read(`${name}.key`),
    authority: read('ca.pem'),
    serverName,
  };
}
