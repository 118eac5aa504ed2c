import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_HASHES_AT_ONCE, MAX_WAITING_LOGINS } from '../limits.ts';

const hash = promisify(argon2);

/** Argon2id as OWASP recommends it: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const NONCE_BYTES = 16;

/** What stands in the file of users: `argon2id$<memory in KiB>$<passes>$<lanes>$<nonce>$<tag>`, the last two in base64url. */
const STORED = /^argon2id\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

let running = 0;
const waiting: (() => void)[] = [];

/** Hashes a new password. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES);
  const tag = await derive(password, nonce, COST);
  const { memory, passes, parallelism } = COST;
  return `argon2id$${memory}$${passes}$${parallelism}$${nonce.toString('base64url')}$${tag.toString('base64url')}`;
}

/** Whether the password is the one. A `stored` of null takes the same time and is never right: nobody of that name. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = STORED.exec(stored ?? '');
  if (parts === null) {
    await derive(password, Buffer.alloc(NONCE_BYTES), COST);
    return false;
  }
  const [, memory, passes, parallelism, nonce = '', tag = ''] = parts;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const derived = await derive(password, Buffer.from(nonce, 'base64url'), { ...COST, ...cost });
  return timingSafeEqual(derived, Buffer.from(tag, 'base64url'));
}

export const isStoredPassword = (text: string): boolean => STORED.test(text);

async function derive(
  password: string,
  nonce: Buffer,
  cost: { memory: number; passes: number; parallelism: number; tagLength: number },
): Promise<Buffer> {
  await turn();
  try {
    return await hash('argon2id', { message: password, nonce, ...cost });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** Memory-hard also means that a crowd could take all memory: so many at a time. Throws 3408 if too many wait. */
async function turn(): Promise<void> {
  if (running >= MAX_HASHES_AT_ONCE) {
    if (waiting.length >= MAX_WAITING_LOGINS) throw new MusterError(3408, 'too many log-ins at once');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
}
