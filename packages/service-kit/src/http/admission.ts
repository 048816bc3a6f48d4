import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Access, assertAccess, type IdentifyRequest } from '../identity/access.ts'
import { anonymous } from '../identity/identity.ts'
import { runInTrace, traceOf } from '../telemetry/trace-context.ts'
import { Problem } from '../problems/problem.ts'
import { assertNoContentEncoding } from './body-parsers.ts'
import { assertRequestTarget } from './request-target.ts'
import type { RouteTable } from './route-table.ts'

export interface AdmissionOptions {
  readonly identify: IdentifyRequest
  readonly routes: RouteTable
}

// An answer is no page, unless it says otherwise itself, as the docs and the pages of problems do.
const strictPolicy = "default-src 'none'; frame-ancestors 'none'"

/** What every request passes before its body is read: trace, shape, route, phase of the service, identity, access. */
export function addAdmission(service: FastifyInstance, options: AdmissionOptions): void {
  service.decorateRequest('identity', null, [])
  service.decorateRequest('trace', { getter: traceOfRequest })
  service.addHook('onRequest', (request, reply, done) => {
    request.identity = anonymous
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff', 'content-security-policy': strictPolicy })
    runInTrace(traceOf(request.raw), done)
  })
  service.addHook('onRequest', (request, reply) => admit(request, reply, options))
  service.addHook('preValidation', async (request) => assertNoUnknownBody(request))
  service.addHook('onSend', async (_request, reply) => {
    if (service.state.phase === 'draining' || service.state.phase === 'closing') reply.header('connection', 'close')
  })
}

async function admit(request: FastifyRequest, reply: FastifyReply, options: AdmissionOptions): Promise<void> {
  assertRequestTarget(request.raw)
  if (request.is404) throw unknownRoute(request, options.routes)
  const { access, probe } = request.routeOptions.config
  if (probe !== true) assertServing(reply.server, access)
  assertNoContentEncoding(request)
  if (access !== 'open') request.identity = await options.identify(request)
  assertAccess(access, request.identity)
}

function assertServing({ state, schema }: FastifyInstance, access: Access | undefined): void {
  if (schema.fault !== undefined)
    throw new Problem('not-ready', {
      detail: 'The schema of the database does not fit this release of the service.',
      headers: { 'retry-after': '5' },
    })
  if (state.phase === 'starting' && access !== 'open') throw new Problem('service-unavailable', { headers: { 'retry-after': '1' } })
}

// Hidden routes, such as the gateway's forwarding, have no schema at all.
function assertNoUnknownBody({ body, routeOptions: { schema } }: FastifyRequest): void {
  const isUnknown = body !== undefined && body !== null && schema !== undefined && schema.hide !== true && schema.body === undefined
  if (isUnknown) throw new Problem('invalid-request', { errors: [{ pointer: '#', detail: 'the operation takes no body' }] })
}

function unknownRoute(request: FastifyRequest, routes: RouteTable): Problem {
  const [path = '/'] = (request.raw.url ?? '/').split('?', 1)
  const methods = routes.methodsOf(path)
  return methods.length === 0 || methods.includes(request.method)
    ? new Problem('not-found')
    : new Problem('method-not-allowed', { headers: { allow: methods.join(', ') } })
}

function traceOfRequest(this: FastifyRequest): ReturnType<typeof traceOf> {
  return traceOf(this.raw)
}
