import { createHash } from 'node:crypto'
import scalar from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../problems/problem.ts'
import type { OpenApiDocument } from './openapi-document.ts'

export interface DocsOptions {
  readonly title: string
  /** The document to serve at `/openapi.json`; asked for at each request. */
  readonly document: () => OpenApiDocument | Promise<OpenApiDocument>
}

// The page, its script and its fonts come from this process alone.
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Serves `/openapi.json` and the interactive `/docs`, without any foreign host. */
export function addDocsRoutes(service: FastifyInstance, options: DocsOptions): void {
  service.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, async (_request, reply) => {
    reply.headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' })
    return JSON.stringify(await options.document())
  })
  void service.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' }
      route.schema = { ...route.schema, hide: true }
    })
    // The pages build addresses from it, and HTTP/1.0 may come without.
    scope.addHook('onRequest', async (request) => {
      if (request.headers.host === undefined) throw new Problem('malformed-request', { detail: 'The Host header is missing.' })
    })
    scope.addHook('onSend', async (_request, reply, payload) => {
      if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.header('content-security-policy', pagePolicy(payload))
    })
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: options.title,
        withDefaultFonts: false,
        telemetry: false,
        hideClientButton: true,
        showDeveloperTools: 'never',
        favicon: 'data:,',
        agent: { disabled: true },
        mcp: { disabled: true },
      },
    })
  })
}

// The page starts itself by a script of its own, which is allowed by its hash and no other.
function pagePolicy(page: unknown): string {
  const inline = String(page).matchAll(/<script\b[^>]*>([^<]+)<\/script>/gu)
  const hashes = [...inline].map(([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return `script-src ${["'self'", ...hashes].join(' ')}; ${contentSecurityPolicy}`
}
