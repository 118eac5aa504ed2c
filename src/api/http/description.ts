import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from './app.ts';

export const DOCS_PATH = '/docs';

/** The page brings all that it shows; its own pictures stand in its style sheet. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Schemas of the protocol carry identifiers of their own documents. Here, with a registry that knows none of them, they
 * stand where they are used, and this brings their descriptions.
 */
const describeInPlace = {
  override: ({
    zodSchema,
    jsonSchema,
  }: {
    zodSchema: z.core.$ZodType;
    jsonSchema: { description?: string };
  }) => {
    const description = z.globalRegistry.get(zodSchema)?.description;
    if (description !== undefined) jsonSchema.description = description;
  },
};

/** The OpenAPI description, made from the schemas of the routes, and a page to try it that needs no internet. */
export async function describeApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Muster',
        version,
        description:
          'The cluster through one node: whichever node is asked, whichever node knows answers. Paths and envelopes are those of the REST API of Wazuh 4.7.5.',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({
      schemaRegistry: z.registry(),
      zodToJsonConfig: describeInPlace,
    }),
  });
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    staticCSP: PAGE_POLICY,
    uiConfig: { validatorUrl: null, persistAuthorization: false, docExpansion: 'list' },
    theme: { title: 'Muster: the HTTP API' },
  });
}
