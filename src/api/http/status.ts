/** HTTP statuses of the codes that mean something to HTTP; all others below 2000 are mistakes of the client. */
const STATUSES: Readonly<Record<number, number>> = {
  1000: 500,
  1013: 503,
  1014: 503,
  1121: 503,
  1701: 404,
  1710: 404,
  1730: 404,
  1906: 404,
  2003: 500,
  2005: 503,
  2007: 503,
  3009: 503,
  3012: 503,
  3018: 503,
  3020: 504,
  3021: 504,
  3022: 404,
  3023: 503,
  3034: 404,
  3102: 503,
  3103: 503,
  3108: 400,
  3109: 501,
  3110: 503,
  3113: 413,
  3114: 400,
  3125: 503,
  3200: 503,
  3201: 400,
  3204: 503,
  3210: 400,
  3211: 503,
  3212: 504,
  3214: 400,
  3215: 504,
  3300: 501,
  3301: 413,
  3302: 500,
  3303: 501,
  3400: 401,
  3401: 401,
  3402: 401,
  3403: 400,
  3407: 400,
  3408: 503,
  3409: 404,
  3410: 405,
  3411: 413,
  3412: 408,
  4000: 403,
  6000: 429,
  6001: 429,
  6002: 415,
};
const LAST_CLIENT_CODE = 1999;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Permission Denied',
  404: 'Resource Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'No Answer In Time',
};

/** Every status that an error can have. */
export const ERROR_STATUSES: readonly number[] = Object.keys(TITLES).map(Number);

export function statusOf(code: number): number {
  return STATUSES[code] ?? (code <= LAST_CLIENT_CODE ? 400 : 500);
}

export const titleOf = (status: number): string => TITLES[status] ?? 'Error';
