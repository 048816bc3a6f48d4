import { formatTraceparent, type Identity, identityHeader, Problem } from '@polystore/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OpenStreams } from '../limits/open-streams.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import { findService, publicPrefix, type ServiceName, toServicePath } from '../routing/route-table.ts'
import { isStreamPath } from '../routing/stream-paths.ts'
import type { UpstreamGroup } from '../routing/upstream-group.ts'
import { isPreflight } from '../security/cors.ts'
import { Exchange } from './exchange.ts'
import { filterRequestHeaders } from './header-filter.ts'
import { announcesBody, declaredLength, discardBody } from './request-body.ts'
import { findTargetFault, pathOf, queryOf } from './request-target.ts'

export interface ProxyOptions {
  readonly groups: Readonly<Record<ServiceName, UpstreamGroup>>
  /** Of orders, for answers that last: they take no socket from the others. */
  readonly streamGroup: UpstreamGroup
  readonly streams: OpenStreams
  readonly limits: RateLimits
  readonly sign: (identity: Identity) => string
  readonly headersTimeoutMs: number
  readonly maxBodyBytes: number
  /** Answers preflight requests here; without it they go to the service like any other. */
  readonly answersPreflight: boolean
}

const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']
const lingerMs = 1_000

/** Forwards everything below the public prefix; the body is left on the socket until the service reads it. */
export function addProxy(service: FastifyInstance, options: ProxyOptions): void {
  void service.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    scope.addHook('onRequest', (request, reply, next) => next(admit(options, request, reply)))
    scope.route({
      method: methods,
      url: `${publicPrefix}/*`,
      config: { access: 'public' },
      schema: { hide: true },
      handler: (request, reply) => forward(options, request, reply),
    })
    done()
  })
}

/** Throws for a target that a service might read otherwise than the gateway does. */
function assertUnambiguousTarget(request: FastifyRequest): void {
  const fault = findTargetFault(request.raw.url ?? '')
  if (fault !== undefined) throw new Problem('invalid-url', { detail: fault })
}

function admit(options: ProxyOptions, request: FastifyRequest, reply: FastifyReply): Error | undefined {
  try {
    assertUnambiguousTarget(request)
    if (options.answersPreflight && isPreflight(request.raw)) return undefined
    const path = decodeURIComponent(servicePathOf(request))
    reply.headers(options.limits.admit({ path, identity: request.identity, address: request.ip }))
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Problem('internal-error')
  }
}

function forward(options: ProxyOptions, request: FastifyRequest, reply: FastifyReply): void {
  if (options.answersPreflight && isPreflight(request.raw)) return void reply.code(204).send()
  const path = servicePathOf(request)
  const service = findService(path)
  if (service === undefined) throw new Problem('not-found')
  assertBodyAllowed(request)
  if (declaredLength(request.raw) > options.maxBodyBytes) return refuseBody(request, reply)
  const isStream = isStreamPath(request.method, decodeURIComponent(path))
  const exchange = new Exchange({
    request,
    reply,
    group: isStream ? options.streamGroup : options.groups[service],
    target: path + queryOf(request.raw.url ?? ''),
    headers: headersFor(options, request),
    headersTimeoutMs: options.headersTimeoutMs,
    maxBodyBytes: options.maxBodyBytes,
    isStream,
  })
  if (isStream) options.streams.admit({ identity: request.identity, response: reply.raw }, exchange)
  exchange.start()
}

function servicePathOf(request: FastifyRequest): string {
  return toServicePath(pathOf(request.raw.url ?? '')) ?? '/'
}

/** The client's allowed headers, and who asks: set last and by the gateway alone. */
function headersFor(options: ProxyOptions, request: FastifyRequest): string[] {
  return [
    ...filterRequestHeaders(request.headers),
    'x-forwarded-for',
    request.ip,
    // So that a service can name a resource as the client knows it.
    'x-forwarded-prefix',
    publicPrefix,
    'x-request-id',
    request.id,
    'traceparent',
    formatTraceparent(request.trace),
    identityHeader,
    options.sign(request.identity),
  ]
}

function assertBodyAllowed(request: FastifyRequest): void {
  const isBodyless = request.method === 'GET' || request.method === 'HEAD'
  if (isBodyless && announcesBody(request.raw)) throw new Problem('malformed-request', { detail: 'The method takes no body.' })
}

function refuseBody(request: FastifyRequest, reply: FastifyReply): void {
  void discardBody(request.raw, lingerMs).then(() => {
    reply.send(new Problem('body-too-large', { headers: { connection: 'close' } }))
  })
}
