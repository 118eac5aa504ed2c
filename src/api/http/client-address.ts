import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Where a request comes from: what a trusted proxy says, if it is an address, or else whoever is connected. */
export const clientAddress = ({ ip, raw }: FastifyRequest): string =>
  isIP(ip) === 0 ? (raw.socket.remoteAddress ?? 'an unknown address') : ip;
