import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../problems/problem-handler.ts'
import { Problem } from '../problems/problem.ts'

/**
 * Gives every request `deadline`, a signal that is aborted when its time is over or its client has gone, and answers 503 in the
 * handler's place when the time is over. Fastify's own `request.signal` and `handlerTimeout` listen to the request's `close`, which
 * a request with a body emits as soon as the body has been read: the signal is then aborted and the timer cleared too early.
 */
export function addRequestDeadline(service: FastifyInstance, timeoutMs: number): void {
  service.decorateRequest('deadline', null, [])
  service.addHook('onRequest', (request, reply, done) => {
    const controller = new AbortController()
    request.deadline = controller.signal
    const timer = setTimeout(() => expire(request, reply, controller), request.routeOptions.config.timeoutMs ?? timeoutMs)
    reply.raw.once('close', () => {
      clearTimeout(timer)
      if (!reply.raw.writableFinished) controller.abort()
    })
    done()
  })
}

function expire(request: FastifyRequest, reply: FastifyReply, controller: AbortController): void {
  const problem = timeOver(request)
  controller.abort(problem)
  // An answer that has begun, or that a proxy has taken over, is not ours any more.
  if (!reply.sent && !reply.raw.headersSent) sendProblem(problem, request, reply)
}

// While the body is still arriving it is the client that took too long.
function timeOver({ raw }: FastifyRequest): Problem {
  return raw.complete === false
    ? new Problem('request-timeout', { headers: { connection: 'close' } })
    : new Problem('handler-timeout', { headers: { 'retry-after': '1' } })
}
