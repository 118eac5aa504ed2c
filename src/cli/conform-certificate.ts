import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileSystemError } from '../config/system-words.ts';
import type { OwnCertificate } from '../conform/target.ts';
import { NODE_NAME } from '../protocol/commands/shapes.ts';
import { MusterError } from '../protocol/errors.ts';
import { UsageError } from './exit-code.ts';

/** Paths of files in PEM. */
export type CertificateFiles = Readonly<Record<'certificate' | 'privateKey' | 'authority', string>>;

/**
 * Reads what is shown to nodes that trust certificates. Throws 3119 for what cannot be read, 3106 for what no node would
 * take, and a UsageError for what is something else or does not belong together.
 */
export function readCertificate(files: CertificateFiles): OwnCertificate {
  const certificate = read(files.certificate);
  const privateKey = read(files.privateKey);
  const authority = read(files.authority);
  const own = parsed(files.certificate, 'a certificate', () => new X509Certificate(certificate));
  parsed(files.authority, 'a certificate', () => new X509Certificate(authority));
  const key = parsed(files.privateKey, 'a private key', () => createPrivateKey(privateKey));
  if (!own.checkPrivateKey(key))
    throw new UsageError(`${files.privateKey} is not the private key of ${files.certificate}`);
  if (Date.parse(own.validTo) < Date.now())
    throw new MusterError(3106, `${files.certificate}: the certificate has expired, on ${own.validTo}`);
  return { certificate, privateKey, authority, nodeName: nameIn(own, files.certificate) };
}

function nameIn({ subject }: X509Certificate, path: string): string {
  const name = /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? '';
  if (NODE_NAME.test(name)) return name;
  throw new MusterError(3106, `${path}: the common name of the certificate is no node name`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileSystemError(path, error);
  }
}

function parsed<Result>(path: string, what: string, parse: () => Result): Result {
  try {
    return parse();
  } catch {
    throw new UsageError(`${path} is not ${what} in PEM`);
  }
}
