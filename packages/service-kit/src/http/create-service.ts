import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FastifyBaseLogger, fastify, type FastifyInstance, LogController, type RawServerDefault, type RouteOptions } from 'fastify'
import type { DestinationStream, Logger } from 'pino'
import { z } from 'zod'
import { addHealthRoutes } from '../health/health-routes.ts'
import { Readiness } from '../health/readiness.ts'
import { type SchemaCheck, SchemaGuard } from '../health/schema-guard.ts'
import { type IdentifyRequest, identifyBySignature } from '../identity/access.ts'
import { createIdentityVerifier } from '../identity/identity-token.ts'
import { ServiceState } from '../lifecycle/service-state.ts'
import { addDocsRoutes } from '../openapi/docs-routes.ts'
import { describeApi, type OpenApiDocument } from '../openapi/openapi-document.ts'
import { handleProblem } from '../problems/problem-handler.ts'
import { addProblemPages } from '../problems/problem-pages.ts'
import { addAccessLog } from '../telemetry/access-log.ts'
import { createLogger, markRequestLogger } from '../telemetry/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { traceOf } from '../telemetry/trace-context.ts'
import { addAdmission } from './admission.ts'
import { addBodyParsers } from './body-parsers.ts'
import { handleClientError, refuseExpectations } from './client-error.ts'
import type { ZodTypeProvider } from './fastify-types.ts'
import { addRequestDeadline } from './request-deadline.ts'
import { compileRequestValidator } from './request-validation.ts'
import { compileResponseSerializer } from './response-serializer.ts'
import { documentedRoutes, methodsOf, routeFaults } from './route-rules.ts'
import { RouteTable } from './route-table.ts'

/** A Fastify instance whose routes take zod schemas, with everything installed that services do alike. */
export type Service = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

export interface ServiceOptions {
  readonly name: string
  readonly version: string
  /** Verifies the identities that gateway and services sign; 32 characters or more. */
  readonly internalSecret: string
  /** Another way to find out who asks; for the gateway, which reads tokens. */
  readonly identify?: IdentifyRequest
  /** Resolves when the service's own databases answer, for `/readyz`. */
  readonly ready?: () => Promise<void>
  /** Why the schema of its database does not fit the service: asked at the start and by `/readyz`; meanwhile only the probes are served. */
  readonly schema?: SchemaCheck
  /** Details for staff at `/health`. */
  readonly health?: () => Promise<Readonly<Record<string, unknown>>>
  /** Who may read `/metrics`: everybody who reaches the service, unless said otherwise. */
  readonly metricsAccess?: 'open' | 'staff'
  readonly docs?: {
    readonly title?: string
    readonly description?: string
    readonly document?: () => OpenApiDocument | Promise<OpenApiDocument>
  }
  readonly logLevel?: string
  /** Instead of a logger of its own; from createLogger. */
  readonly logger?: Logger
  readonly logDestination?: DestinationStream
  /** 65,536 bytes unless said otherwise; a route may set its own `bodyLimit`. */
  readonly bodyLimitBytes?: number
  /** 8,000 ms unless said otherwise; a route may set its own `timeoutMs` in `config`. */
  readonly handlerTimeoutMs?: number
  /** 72,000 ms unless said otherwise: longer than the gateway keeps its connections. The gateway itself takes 5,000. */
  readonly keepAliveTimeoutMs?: number
  /** How many proxies in front set X-Forwarded-For; 0 trusts none. */
  readonly trustedProxyHops?: number
}

/** A service with logging, traces, validation, identity, problems, health, metrics and API docs; routes are added by the caller. */
export function createService(options: ServiceOptions): Service {
  const service = createFastify(options)
  const routes: RouteOptions[] = []
  const table = new RouteTable()
  service.addHook('onRoute', (route) => {
    prepareRoute(route)
    routes.push(route)
    table.add(route.url, methodsOf(route))
  })
  service.addHook('onReady', async () => {
    const faults = routeFaults(routes)
    if (faults.length > 0) throw new Error(`Routes of ${options.name} are not complete:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  })
  const state = new ServiceState()
  const schema = new SchemaGuard(options.schema, service.log)
  service.decorate('state', state)
  service.decorate('schema', schema)
  service.decorate('metrics', createMetrics(options))
  service.setValidatorCompiler(compileRequestValidator)
  service.setSerializerCompiler(compileResponseSerializer)
  service.setErrorHandler(handleProblem)
  addBodyParsers(service)
  addRequestDeadline(service, options.handlerTimeoutMs ?? 8_000)
  addAdmission(service, {
    routes: table,
    identify: options.identify ?? identifyBySignature(createIdentityVerifier(options.internalSecret)),
  })
  addAccessLog(service)
  service.setNotFoundHandler((request, reply) => handleProblem(undefined, request, reply))
  addHealthRoutes(service, { ...options, health: options.health, readiness: new Readiness({ state, schema, check: options.ready }) })
  addProblemPages(service)
  addDocs(service, options, routes)
  service.addHook('preClose', async () => service.state.close())
  service.addHook('onClose', async () => service.metrics.close())
  return service.withTypeProvider<ZodTypeProvider>()
}

type BareService = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger>

function createFastify(options: ServiceOptions): BareService {
  const loggerInstance: FastifyBaseLogger = options.logger ?? createLogger(loggerOptions(options))
  const service = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    childLoggerFactory: (parent, bindings, childOptions, request) =>
      markRequestLogger(parent.child({ ...bindings, traceId: traceOf(request).traceId }, childOptions)),
    genReqId: requestIdOf,
    bodyLimit: options.bodyLimitBytes ?? 65_536,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 72_000,
    requestTimeout: 10_000,
    connectionTimeout: 15_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, requireHostHeader: false, maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 100 },
    trustProxy: trustedHops(options.trustedProxyHops ?? 0),
    // What arrived is served; the answer closes its connection. Fastify's own refusal would not be a problem document.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: handleClientError,
    frameworkErrors: handleProblem,
  })
  refuseExpectations(service.server)
  return service
}

function loggerOptions({ name, logLevel, logDestination }: ServiceOptions): Parameters<typeof createLogger>[0] {
  return {
    name,
    ...(logLevel === undefined ? {} : { level: logLevel }),
    ...(logDestination === undefined ? {} : { destination: logDestination }),
  }
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w-]{1,64}$/u.test(given) ? given : randomUUID()
}

function trustedHops(hops: number): false | ((address: string, hop: number) => boolean) {
  return hops === 0 ? false : (_address, hop) => hop < hops
}

// An operation that declares no query takes none.
function prepareRoute(route: RouteOptions): void {
  if (route.schema?.hide === true || route.schema === undefined) return
  route.schema = { querystring: z.strictObject({}), ...route.schema }
}

function addDocs(service: BareService, options: ServiceOptions, routes: readonly RouteOptions[]): void {
  const title = options.docs?.title ?? options.name
  const own = (): OpenApiDocument =>
    describeApi({ title, version: options.version, description: options.docs?.description }, documentedRoutes(routes))
  let document: OpenApiDocument | undefined
  addDocsRoutes(service, { title, document: options.docs?.document ?? (() => (document ??= own())) })
}
