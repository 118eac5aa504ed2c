import type { ErrorRows } from './row.ts';

/** Codes of the HTTP API, its users and tokens. */
export const httpApiErrors: ErrorRows = {
  3400: [
    'bad-credentials',
    'Wrong user or password',
    'A log-in at the HTTP API failed. Which of the two is wrong is not told.',
    'Try again; `muster api user list` tells who there is, `muster api user password` gives a new password.',
  ],
  3401: [
    'bad-token',
    'The token is not good',
    'A request to the HTTP API has no token, or one that this API did not issue, or that was withdrawn.',
    'Log in at `/security/user/authenticate` and send `Authorization: Bearer <token>`.',
  ],
  3402: [
    'token-expired',
    'The token has expired',
    'Tokens are good for a short time only.',
    'Log in again; `api.token_lifetime` in `etc/muster.json` says how long a token is good.',
  ],
  3403: [
    'bad-user',
    'The name or the password is not allowed',
    'A user of the HTTP API was to get a name or password that is not allowed, or there are too many users.',
    'Use what the detail asks for.',
  ],
  3404: [
    'api-file-unfit',
    'A file of the HTTP API cannot be used',
    'The file of users or the key of tokens is damaged, or others may read it.',
    'Do what the detail says; without the file, the next start makes a new one.',
  ],
  3405: ['user-exists', 'The user exists already', 'A user of that name is there.', 'Use another name.'],
  3406: [
    'no-such-user',
    'No such user',
    'The HTTP API has no user of that name.',
    'Compare the name with `muster api user list`.',
  ],
  3407: [
    'bad-request',
    'The request does not fit',
    'A parameter or the body of an HTTP request is not what its description allows, or the request is no HTTP.',
    'Compare the request with `docs/api.md`; the detail names what is wrong.',
  ],
  3408: [
    'api-busy',
    'The HTTP API has too much to do',
    'More requests, log-ins or live pages are under way than are held at once.',
    'Try again later, with less at a time.',
  ],
  3409: [
    'no-such-endpoint',
    'No such endpoint',
    'The path of an HTTP request is none of the API.',
    'Compare the path with `docs/api.md`.',
  ],
  3410: [
    'method-not-allowed',
    'The endpoint does not know the method',
    'The path of an HTTP request is there, but not for its method.',
    'Use one of the methods that the header `Allow` names.',
  ],
  3411: [
    'body-too-large',
    'The body is too large',
    'The body of an HTTP request is larger than what any endpoint takes.',
    'Send less.',
  ],
  3412: [
    'request-too-slow',
    'The request did not come in time',
    'An HTTP client did not send its whole request in time.',
    'See how the client reaches the API.',
  ],
  3413: [
    'tls-required',
    'The HTTP API needs a certificate for this address',
    'Off loopback, passwords and tokens would cross the network in the clear.',
    'Set `api.certificate` and `api.private_key` in `etc/muster.json`, or start it with `--insecure` behind a proxy that speaks TLS.',
  ],
  3414: [
    'http-answer-unfit',
    'The answer does not fit its description',
    'The cluster answered something that the description of the HTTP API does not have.',
    'See that the daemon and the API are of the same version; if they are, file a bug.',
  ],
  4000: [
    'permission-denied',
    'Permission denied',
    'The role of the user does not allow it.',
    'Ask an administrator; `muster api user list` tells roles.',
  ],
  6000: [
    'locked-out',
    'Too many failed log-ins',
    'An address failed to log in too often and is locked out for a time.',
    'Wait; `api.max_login_attempts` and `api.block_time` in `etc/muster.json` say how often and how long.',
  ],
  6001: [
    'too-many-requests',
    'Too many requests',
    'An address asks for more log-ins a minute than are allowed.',
    'Keep the token that a log-in gives, and use it until it expires.',
  ],
  6002: [
    'bad-content-type',
    'The body is of another type',
    'The body of an HTTP request is not of the type that its endpoint takes.',
    'Send the header `Content-Type` that the detail names.',
  ],
};
