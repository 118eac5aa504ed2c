import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import type { TaggedLog } from '../../observe/log.ts';
import { INTERNAL_ERROR, MusterError } from '../../protocol/errors.ts';
import { wrapError } from './envelope.ts';
import { writerOf } from './writer.ts';

/** Errors of the framework that are the client's, as codes of ours. */
const FRAMEWORK_CODES: Readonly<Record<string, number>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 3411,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 6002,
  FST_ERR_CTP_EMPTY_JSON_BODY: 3407,
  FST_ERR_CTP_INVALID_JSON_BODY: 3407,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 3407,
  FST_ERR_CTP_EMPTY_TYPE: 6002,
  FST_ERR_BAD_URL: 3407,
  FST_ERR_MAX_PARAM_LENGTH_EXCEEDED: 3407,
};
const TOO_LARGE_STATUS = 413;
const CLIENT_STATUSES_END = 500;

/** Every way in which a request can fail ends in the envelope of errors. */
export function failuresInEnvelopes(app: FastifyInstance, log: TaggedLog): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = asMusterError(error);
    if (failure.code === INTERNAL_ERROR || failure.code === 3414) {
      log.error(`${request.method} ${request.routeOptions.url ?? request.url}`, { error });
    }
    return sendError(reply, failure);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply) =>
    sendError(reply, new MusterError(3409, pathOf(request.url))),
  );
}

export function sendError(reply: FastifyReply, failure: MusterError): FastifyReply {
  // What nobody foresaw may hold anything: its words are for the log.
  const { status, body } = wrapError(
    failure.code === INTERNAL_ERROR ? new MusterError(INTERNAL_ERROR) : failure,
  );
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="muster"');
  return reply.code(status).type('application/json').serializer(writerOf(reply.request)).send(body);
}

function asMusterError(error: FastifyError): MusterError {
  if (error instanceof MusterError) return error;
  if (isResponseSerializationError(error)) return new MusterError(3414, null, { cause: error });
  if (hasZodFastifySchemaValidationErrors(error)) {
    const words = error.validation.map(
      ({ instancePath, message }) => `${instancePath.replace(/^\//, '') || 'the request'}: ${message ?? ''}`,
    );
    return new MusterError(3407, words.join('; '), { cause: error });
  }
  const code = FRAMEWORK_CODES[error.code];
  if (code !== undefined) return new MusterError(code, error.message, { cause: error });
  if (error.statusCode === TOO_LARGE_STATUS) return new MusterError(3411, null, { cause: error });
  if (error.statusCode !== undefined && error.statusCode < CLIENT_STATUSES_END) {
    return new MusterError(3407, error.message, { cause: error });
  }
  return MusterError.from(error);
}

/** What cannot be parsed as HTTP never becomes a request: the answer is written by hand, and the connection ends. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = MALFORMED_CODES[error.code ?? ''] ?? 3407;
  const { status, body } = wrapError(new MusterError(code, code === 3412 ? null : 'malformed HTTP'));
  const text = JSON.stringify(body);
  socket.end(
    [
      `HTTP/1.1 ${status} ${body.title}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}

const MALFORMED_CODES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 3412,
  HPE_HEADER_OVERFLOW: 3407,
};

/** Without the query, which may hold anything. */
export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
