import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { inHome } from '../../config/home.ts';
import { fileSystemError } from '../../config/system-words.ts';
import { MusterError } from '../../protocol/errors.ts';
import { replaceFile } from '../../registration/replace-file.ts';
import { MAX_REMEMBERED_TOKENS, MAX_SESSION_MS } from '../limits.ts';
import { type KnownUser, makeDirectory, role, type Users } from './users.ts';

/** The one algorithm: what a token says of its own is compared with it, so `none` and others are refused. */
const ALGORITHM = 'HS256';
const ISSUER = 'muster';
const AUDIENCE = 'muster-api';
const KEY_BYTES = 32;
const KEY_MODE = 0o600;

/** `since`: when the password was given, in seconds since the epoch. */
const claims = z.object({ sub: z.string(), role, generation: z.number(), since: z.int(), exp: z.int() });
type Claims = z.infer<typeof claims>;

/** Whose token it is, and when the password was given. */
export interface Session {
  readonly user: KnownUser;
  readonly sinceS: number;
}

/** The key that signs tokens, `etc/api/token.key`; made at the first start. Throws 3404 if it is none, or others may read it. */
export function openTokenKey(home: string): Uint8Array {
  const path = inHome(home, 'apiTokenKey');
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      const key = randomBytes(KEY_BYTES);
      makeDirectory(dirname(path));
      replaceFile(path, Buffer.from(key.toString('base64url')), KEY_MODE);
      return key;
    }
    if ((stats.mode & 0o077) !== 0) throw new MusterError(3404, `${path}: others may read it; chmod 600`);
    const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
    if (key.length === KEY_BYTES) return key;
  } catch (error) {
    if (error instanceof MusterError) throw error;
    throw fileSystemError(path, error);
  }
  throw new MusterError(3404, `${path}: is no key; remove it, and the next start makes a new one`);
}

/** Short-lived tokens for users. */
export class Tokens {
  readonly #key: Uint8Array;
  readonly #users: Users;
  readonly #lifetimeMs: number;
  /**
   * What good tokens say, oldest first: a signature is verified once. Whether the token has expired or was withdrawn is
   * looked at each time.
   */
  readonly #verified = new Map<string, Claims>();

  constructor(options: { key: Uint8Array; users: Users; lifetimeMs: number }) {
    this.#key = options.key;
    this.#users = options.users;
    this.#lifetimeMs = options.lifetimeMs;
  }

  issue({ name, role, generation }: KnownUser, sinceS = nowInSeconds()): Promise<string> {
    const nowS = nowInSeconds();
    return new SignJWT({ role, generation, since: sinceS })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setSubject(name)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + Math.ceil(this.#lifetimeMs / 1000))
      .sign(this.#key);
  }

  get lifetimeMs(): number {
    return this.#lifetimeMs;
  }

  /** Whose token it is, with the role of now. Throws 3402 for one that has expired, 3401 for any other that is not good. */
  async check(token: string): Promise<Session> {
    const { sub, generation, since } = await this.#claimsOf(token);
    return { user: await this.#asOfNow(sub, generation), sinceS: since };
  }

  /**
   * A new token for somebody who is there all the time, as long as the password was given within `MAX_SESSION_MS`: 3402
   * after that, 3401 if the user was withdrawn.
   */
  async renew({ user, sinceS }: Session): Promise<string> {
    if ((nowInSeconds() - sinceS) * 1000 > MAX_SESSION_MS) throw new MusterError(3402);
    return this.issue(await this.#asOfNow(user.name, user.generation), sinceS);
  }

  async #asOfNow(name: string, generation: number): Promise<KnownUser> {
    const user = await this.#users.find(name);
    if (user !== null && user.generation === generation) return user;
    throw new MusterError(3401, 'it was withdrawn: log in again');
  }

  async #claimsOf(token: string): Promise<Claims> {
    const known = this.#verified.get(token) ?? (await this.#verify(token));
    if (known.exp > nowInSeconds()) return known;
    this.#verified.delete(token);
    throw new MusterError(3402);
  }

  async #verify(token: string): Promise<Claims> {
    const found = await this.#claimsIn(token);
    if (this.#verified.size >= MAX_REMEMBERED_TOKENS) {
      const [oldest = ''] = this.#verified.keys();
      this.#verified.delete(oldest);
    }
    this.#verified.set(token, found);
    return found;
  }

  async #claimsIn(token: string): Promise<Claims> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      return claims.parse(payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new MusterError(3402, null, { cause: error });
      throw new MusterError(3401, null, { cause: error });
    }
  }
}

const nowInSeconds = () => Math.floor(Date.now() / 1000);
