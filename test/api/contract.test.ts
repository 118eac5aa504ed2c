import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { endpoints } from '../../src/api/routes/table.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { methods } from '../../src/requests/methods.ts';
import { basic, openApi, PASSWORD } from './fixture.ts';
import {
  anyValueOf,
  complaintAbout,
  type DescribedOperation,
  type Description,
  operationsOf,
} from './openapi.ts';

const RUNS = 25;

const api = await openApi();
const { app, cluster } = api;
const admin = await api.bearer('administrator');
const description = (await app.inject('/docs/json')).json() as Description;
const operations = operationsOf(description);
const ofMethods = operations.filter(({ path, verb }) =>
  endpoints.some((endpoint) => endpoint.path === path && endpoint.verb === verb),
);

interface Request {
  path: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
}

/** Any request that the description of an operation allows. */
function requestOf({ parameters = [], requestBody }: DescribedOperation): fc.Arbitrary<Request> {
  const where = (place: 'path' | 'query') => {
    const all = parameters.filter((parameter) => parameter.in === place);
    const values = Object.fromEntries(all.map(({ name, schema }) => [name, anyValueOf(schema)]));
    const requiredKeys = all.filter(({ required }) => required).map(({ name }) => name);
    return fc.record(values, { requiredKeys }) as fc.Arbitrary<Record<string, string>>;
  };
  const [content] = Object.values(requestBody?.content ?? {});
  const body = content === undefined ? fc.constant(undefined) : anyValueOf(content.schema);
  return fc.record({ path: where('path'), query: where('query'), body });
}

function send({ verb, path, requestBody }: DescribedOperation, request: Request) {
  const [type = ''] = Object.keys(requestBody?.content ?? {});
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(request.path[name] ?? ''));
  const query = Object.entries(request.query).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  const { body } = request;
  return app.inject({
    method: verb as 'GET',
    url: query.length === 0 ? url : `${url}?${query.join('&')}`,
    headers: body === undefined ? admin : { ...admin, 'content-type': type },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

test('the description has every endpoint of the table, and the table every method', () => {
  assert.equal(description.openapi, '3.1.0');
  assert.equal(ofMethods.length, endpoints.length);
  const used = new Set(endpoints.map(({ method }) => method));
  const unused = Object.keys(methods).filter((name) => !used.has(name as never));
  assert.deepEqual(unused, [], 'methods that no endpoint reaches');
});

test('every parameter is described with words', () => {
  for (const { verb, path, parameters = [] } of ofMethods) {
    for (const { name, schema, ...others } of parameters) {
      const words =
        (others as { description?: string }).description ?? (schema as { description?: string }).description;
      assert.ok(words, `${verb} ${path}: ${name}`);
    }
  }
});

for (const operation of ofMethods) {
  const { verb, path } = operation;

  test(`${verb} ${path}: whatever the description allows is taken, and the answer is as described`, async () => {
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async (request) => {
        const answer = await send(operation, request);
        assert.equal(complaintAbout(operation, answer), null);
        assert.equal(answer.statusCode, 200, answer.body);
      }),
      { numRuns: RUNS, seed: 7 },
    );
  });

  test(`${verb} ${path}: one parameter that the description does not allow is refused, as described`, async () => {
    const property = fc.asyncProperty(
      requestOf(operation),
      fc.constantFrom('limit', 'pretty', 'unknown', ...Object.keys(queryOf(operation))),
      fc.constantFrom('', '\u0000', '-', '🦉,,', 'true\nfalse'),
      async (request, name, value) => {
        if (isAllowed(operation, name, value)) return;
        const answer = await send(operation, { ...request, query: { ...request.query, [name]: value } });
        assert.equal(complaintAbout(operation, answer), null);
        assert.equal(answer.statusCode, 400, `${name}=${JSON.stringify(value)}: ${answer.body}`);
        assert.equal(answer.json().error, 3407);
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: 7 });
  });

  test(`${verb} ${path}: every failure of the cluster is answered as described`, async () => {
    const { method } = endpoints.find(
      (one) => one.path === path && one.verb === verb,
    ) as (typeof endpoints)[0];
    const [request] = fc.sample(requestOf(operation), { numRuns: 1, seed: 7 });
    try {
      for (const code of [
        1000, 1701, 1705, 3012, 3020, 3021, 3022, 3023, 3103, 3108, 3109, 3110, 3301, 65_535,
      ]) {
        cluster.answers.set(method, () => {
          throw new MusterError(code, 'for this test');
        });
        const answer = await send(operation, request as Request);
        assert.equal(complaintAbout(operation, answer), null);
        assert.ok(answer.statusCode >= 400);
        assert.equal(answer.json().error, code);
      }
    } finally {
      cluster.answers.delete(method);
    }
  });
}

test('log-in, log-out and state answer as described', async () => {
  const rest = operations.filter((operation) => !ofMethods.includes(operation));
  assert.deepEqual(rest.map(({ verb, path }) => `${verb} ${path}`).sort(), [
    'DELETE /security/user/authenticate',
    'GET /health',
    'GET /metrics',
    'GET /ready',
    'GET /security/user/authenticate',
    'POST /security/user/authenticate',
  ]);
  for (const operation of rest) {
    for (const headers of [{}, basic('watcher', PASSWORD), basic('watcher', 'wrong password')]) {
      const answer = await app.inject({ method: operation.verb as 'GET', url: operation.path, headers });
      assert.equal(complaintAbout(operation, answer), null);
    }
  }
});

const queryOf = ({ parameters = [] }: DescribedOperation) =>
  Object.fromEntries(parameters.filter((one) => one.in === 'query').map((one) => [one.name, one.schema]));

/** Free texts allow nearly anything. */
function isAllowed(operation: DescribedOperation, name: string, value: string): boolean {
  const schema = queryOf(operation)[name];
  if (schema === undefined) return false;
  if (schema.enum !== undefined) return schema.enum.includes(value);
  if (schema.type === 'integer') return /^\d+$/.test(value);
  const isLong = value.length >= (schema.minLength ?? 0) && value.length <= (schema.maxLength ?? 1e9);
  return isLong && (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value));
}
