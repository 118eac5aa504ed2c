import { buildApp } from '../../../src/api/http/app.ts';
import { roleOf } from '../../../src/api/http/register.ts';
import type { Endpoint } from '../../../src/api/routes/endpoint.ts';
import { listQuery } from '../../../src/api/routes/query.ts';
import { endpoints } from '../../../src/api/routes/table.ts';
import type { ApiServices } from '../../../src/api/services.ts';
import type { ItemsResult, MethodSpec } from '../../../src/requests/method.ts';
import { methods } from '../../../src/requests/methods.ts';
import { type Description, operationsOf, type Parameter, type ParameterSchema } from '../../api/openapi.ts';

/** The description as the running server gives it; nothing is asked of it. */
async function openApi(): Promise<Description> {
  const app = await buildApp({ log: {}, metrics: {}, version: '' } as ApiServices);
  try {
    return app.swagger() as unknown as Description;
  } finally {
    await app.close();
  }
}

/** The endpoints of docs/api.md, from the OpenAPI description. */
export async function describeApi(): Promise<string> {
  const operations = operationsOf(await openApi());
  const tags = [...new Set(endpoints.map(({ tag }) => tag))];
  return tags
    .map((tag) => {
      const parts = endpoints
        .filter((endpoint) => endpoint.tag === tag)
        .map((endpoint) => {
          const { verb, path, summary } = endpoint;
          const operation = operations.find((one) => one.verb === verb && one.path === path);
          if (operation === undefined) throw new Error(`${verb} ${path} is not in the description`);
          const forWhom = roleOf(endpoint) === 'administrator' ? ' For administrators.' : '';
          return [
            `#### \`${verb} ${path}\``,
            `${summary}${forWhom}`,
            isList(endpoint) ? 'Takes the parameters of [lists](#lists).' : '',
            parametersTable(operation.parameters ?? []),
            bodyWords(operation.requestBody?.content),
            exampleOf(endpoint),
          ]
            .filter((text) => text !== '')
            .join('\n\n');
        });
      return `### ${tag}\n\n${parts.join('\n\n')}`;
    })
    .join('\n\n');
}

/** What every endpoint takes, and what lists take, is told once. */
const COMMON = new Set(['pretty', 'wait_for_complete', ...Object.keys(listQuery)]);

const isList = ({ query }: Endpoint) => 'q' in query && 'select' in query;

/** The parameters of lists. */
export async function describeListParameters(): Promise<string> {
  const operation = operationsOf(await openApi()).find(
    ({ verb, path }) => verb === 'GET' && path === '/cluster/nodes',
  );
  const parameters = operation?.parameters?.filter(({ name }) => name in listQuery) ?? [];
  return parametersTable(parameters, new Set());
}

function parametersTable(parameters: readonly Parameter[], leftOut: ReadonlySet<string> = COMMON): string {
  const rows = parameters
    .filter(({ name }) => !leftOut.has(name))
    .map(({ name, required, schema, ...others }) => {
      const { description = '' } = others as { description?: string };
      return `| \`${name}\`${required ? ', needed' : ''} | ${allowedBy(schema)} | ${inCell(description)} |`;
    });
  return rows.length === 0
    ? ''
    : ['| Parameter | Allowed | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function allowedBy({ type, enum: values, minimum, maximum }: ParameterSchema): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  if (type !== 'integer') return 'text';
  const max = maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum?.toLocaleString('en-US')}`;
  return `a whole number from ${minimum}${max}`;
}

const inCell = (text: string) => text.replaceAll('|', '\\|');

function bodyWords(content: Record<string, { schema: ParameterSchema }> | undefined): string {
  const [first] = Object.entries(content ?? {});
  if (first === undefined) return '';
  const [type, { schema }] = first;
  const keys = Object.keys(schema.properties ?? {});
  const names = keys.map((key) => `\`${key}\`${schema.required?.includes(key) ? ' (needed)' : ''}`);
  return `Body: ${keys.length === 0 ? 'the text of the file' : names.join(', ')}, as \`${type}\`.`;
}

/** What stands in the envelope. */
function exampleOf({ method, answer }: Endpoint): string {
  const { result } = methods[method].example;
  const [what, value] =
    answer.kind === 'data'
      ? ['data', result]
      : ['affected_items', answer.kind === 'single' ? [result] : (result as ItemsResult).items];
  return `Answers \`${what}\` such as\n\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\``;
}

const WHERE: Readonly<Record<MethodSpec['type'], string>> = {
  local_any: 'the node that is asked',
  local_master: 'the master',
  distributed_master: 'the nodes that know',
};

/** The table of methods, for whoever speaks to the local socket. */
export function describeMethods(): string {
  const rows = Object.entries(methods).map(([name, { type, summary }]) => {
    return `| \`${name}\` | ${WHERE[type]} | ${inCell(summary)} |`;
  });
  return ['| Method | Who answers | What |', '| --- | --- | --- |', ...rows].join('\n');
}
