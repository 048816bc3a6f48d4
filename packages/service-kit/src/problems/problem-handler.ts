import type { FastifyReply, FastifyRequest } from 'fastify'
import { traceOf } from '../telemetry/trace-context.ts'
import { problemContentType, renderProblem } from './problem-document.ts'
import type { Problem } from './problem.ts'
import { toProblem } from './to-problem.ts'

/** The one place where errors become answers, and where unexpected ones are logged. */
export function handleProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error)
  logProblem(error, problem, request)
  return sendProblem(problem, request, reply)
}

/** Sends a problem as it is, without a log line. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // The address of an unknown route is the client's own text and is not repeated.
  const known = !request.is404 && request.routeOptions.url !== undefined
  const document = renderProblem(problem, {
    instance: known ? publicPathOf(request) : undefined,
    traceId: traceOf(request.raw).traceId,
  })
  // Fastify closes the connection of a body it refuses. A sender that still writes would read a reset instead of the answer,
  // and the gateway take the service for dead; the rest of the body is thrown away until the request timeout instead.
  return reply
    .removeHeader('connection')
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .header('content-type', problemContentType)
    .send(JSON.stringify(document))
}

/** The path as the client wrote it, also behind a gateway that took a prefix off. */
function publicPathOf(request: FastifyRequest): string {
  const [path = '/'] = (request.raw.url ?? '/').split('?', 1)
  const prefix = request.headers['x-forwarded-prefix']
  return typeof prefix === 'string' && /^(?:\/[a-z0-9]{1,20}){1,3}$/u.test(prefix) ? prefix + path : path
}

function logProblem(error: unknown, problem: Problem, request: FastifyRequest): void {
  if (problem.status >= 500 && problem.slug === 'internal-error') request.log.error({ err: error }, 'unexpected error')
  else if (problem.status >= 500) request.log.warn({ err: error, problem: problem.slug }, 'request failed')
  else request.log.debug({ problem: problem.slug, errors: problem.errors.length }, 'request refused')
}
