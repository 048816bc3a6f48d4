import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { continueTrace } from '../telemetry/trace-context.ts'
import { problemContentType, renderProblem } from '../problems/problem-document.ts'
import { Problem } from '../problems/problem.ts'
import type { ProblemSlug } from '../problems/problem-registry.ts'

interface ClientError extends Error {
  readonly code?: string
}

/** Answers what the HTTP parser refuses with a problem document, and closes the connection. */
export function handleClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable) socket.write(rawResponse(new Problem(slugOf(error))))
  socket.destroySoon()
}

/** Answers expectations other than 100-continue, which Node would answer without a document. */
export function refuseExpectations(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { body, problem } = render(new Problem('expectation-failed'))
    response
      .writeHead(problem.status, { 'content-type': problemContentType, 'content-length': Buffer.byteLength(body), connection: 'close' })
      .end(body)
  })
}

function slugOf(error: ClientError): ProblemSlug {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout'
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  return 'malformed-request'
}

function rawResponse(problem: Problem): string {
  const { body } = render(problem)
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

function render(problem: Problem): { problem: Problem; body: string } {
  return { problem, body: JSON.stringify(renderProblem(problem, { traceId: continueTrace(undefined).traceId })) }
}
