import type { FastifyRequest } from 'fastify';
import { MusterError } from '../../protocol/errors.ts';
import type { Session, Tokens } from '../auth/tokens.ts';
import type { Role } from '../auth/users.ts';
import { MAX_PASSWORD_CHARS } from '../limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on what is open to all. */
    session: Session | null;
  }
}

const BEARER = /^Bearer +(.*)$/i;
/** Header, claims and signature. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const BASIC = /^Basic +([A-Za-z0-9+/=_-]+)$/i;

/** Lets a request pass that has a good token of somebody with this role. Throws 3401, 3402, 4000. */
export const allow = (tokens: Tokens, needed: Role) => async (request: FastifyRequest) => {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new MusterError(3401, 'the request has no token');
  if (!TOKEN.test(token)) throw new MusterError(3401, 'what the request has is no token');
  const session = await tokens.check(token);
  if (needed === 'administrator' && session.user.role !== 'administrator') {
    throw new MusterError(4000, `${session.user.name} is ${session.user.role}, an administrator is needed`);
  }
  request.session = session;
};

/** User and password of a request, as Basic authentication has them. Throws 3400. */
export function credentialsOf(request: FastifyRequest): { name: string; password: string } {
  const encoded = BASIC.exec(request.headers.authorization ?? '')?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0 || text.length > 2 * MAX_PASSWORD_CHARS) {
    throw new MusterError(3400, 'send user and password by Basic authentication');
  }
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
