import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Problem } from '@polystore/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Outcome } from '../routing/circuit-breaker.ts'
import type { Lease, UpstreamGroup } from '../routing/upstream-group.ts'
import type { Upstream } from '../routing/upstream.ts'
import { announcesBody, arrivedBody, ClientGoneError, discardBody, limitedBody } from './request-body.ts'
import { type HeaderValue, mergeResponseHeaders } from './response-headers.ts'
import { classifyFailure, codeOf, type UpstreamFailure } from './upstream-failure.ts'

export interface ExchangeOptions {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly group: UpstreamGroup
  /** Path and query as the service knows them. */
  readonly target: string
  /** Name, value, name, value: all that the service is to see. */
  readonly headers: string[]
  readonly headersTimeoutMs: number
  readonly maxBodyBytes: number
  /** A stream leaves no connection behind that the gateway would have to wait for when it closes. */
  readonly isStream: boolean
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const lingerMs = 1_000

/** One request on its way to a service and the answer on its way back, both streamed with back-pressure. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions
  readonly #timer: NodeJS.Timeout
  #state: 'waiting' | 'answering' | 'over' = 'waiting'
  #lease: Lease | undefined
  #controller: Dispatcher.DispatchController | undefined
  #heardOf = false
  #retried = false

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#timer = setTimeout(() => this.#onTimeout(), options.headersTimeoutMs)
    options.reply.raw.once('close', () => this.#onClientClosed())
  }

  /** Sends the request to an address other than the one tried, if there is another. */
  start(tried?: Upstream): void {
    const { group, request, target, headers } = this.#options
    this.#lease = group.lease(tried)
    if (this.#lease === undefined) return this.#refuse()
    const { upstream } = this.#lease
    upstream.pool.dispatch({ path: target, method: request.method, headers, body: this.#body() }, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#state === 'over') controller.abort(new ClientGoneError())
  }

  onBodySent(): void {
    if (this.#state === 'waiting') this.#timer.refresh()
  }

  onResponseStarted(): void {
    this.#heardOf = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#state !== 'waiting') return
    const { reply } = this.#options
    const outgoing = this.#outgoingHeaders(status, headers)
    reply.raw.writeHead(status, outgoing)
    reply.hijack()
    clearTimeout(this.#timer)
    this.#state = 'answering'
    if (this.#lease !== undefined) this.#lease = { ...this.#lease, permit: this.#lease.upstream.answered(this.#lease.permit) }
    if (outgoing['content-length'] === undefined) reply.raw.flushHeaders()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { raw } = this.#options.reply
    if (this.#state !== 'answering' || raw.write(chunk)) return
    controller.pause()
    raw.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    if (this.#state !== 'answering') return
    this.#end('success')
    this.#options.reply.raw.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#state === 'over') return
    const failure = classifyFailure(error)
    this.#log(failure, codeOf(error))
    if (this.#state === 'answering') this.#breakOff(failure)
    else if (this.#mayRetry(failure)) this.#retry()
    else this.#fail(failure)
  }

  /** Ends an answer that has begun where it stands: for streams, whose clients come back. */
  finish(): void {
    if (this.#state !== 'answering') return
    this.#end('unknown')
    this.#controller?.abort(new ClientGoneError())
    this.#options.reply.raw.end()
  }

  #body(): Buffer | Readable | null {
    const { request, maxBodyBytes } = this.#options
    if (!announcesBody(request.raw)) return null
    return arrivedBody(request.raw) ?? limitedBody(request.raw, maxBodyBytes)
  }

  #outgoingHeaders(status: number, headers: IncomingHttpHeaders): Record<string, HeaderValue> {
    const { reply, group } = this.#options
    const from = { service: group.service, origin: this.#lease?.upstream.origin ?? '' }
    const outgoing = mergeResponseHeaders(reply.getHeaders(), headers, from)
    if (status === 204) delete outgoing['content-length']
    if (reply.server.state.phase !== 'running' || this.#options.isStream) outgoing['connection'] = 'close'
    return outgoing
  }

  /** A request without effect that no byte of an answer followed may be sent once more. */
  #mayRetry(failure: UpstreamFailure): boolean {
    const { request } = this.#options
    const isConnectionFailure = failure === 'lost' || failure === 'connect-timeout'
    return isConnectionFailure && !this.#retried && !this.#heardOf && safeMethods.has(request.method) && !announcesBody(request.raw)
  }

  #retry(): void {
    const tried = this.#lease?.upstream
    this.#retried = true
    this.#release('failure')
    this.start(tried)
  }

  #refuse(): void {
    this.#end('unknown')
    this.#options.reply.send(this.#problem('lost'))
  }

  #fail(failure: UpstreamFailure): void {
    this.#end(outcomeOf(failure))
    this.#controller?.abort(new ClientGoneError())
    if (failure === 'client') return
    if (failure === 'too-large') void this.#refuseBody()
    else this.#options.reply.send(this.#problem(failure))
  }

  /** The rest of the body is read for a moment: closing at once would reset the connection under the answer. */
  async #refuseBody(): Promise<void> {
    await discardBody(this.#options.request.raw, lingerMs)
    this.#options.reply.send(new Problem('body-too-large', { headers: { connection: 'close' } }))
  }

  /** The status is already out, so a cut connection is the only way left to say that the body is not whole. */
  #breakOff(failure: UpstreamFailure): void {
    this.#end(outcomeOf(failure))
    this.#options.reply.raw.destroy()
  }

  #onTimeout(): void {
    this.#log('timeout', 'no answer in time')
    this.#fail('timeout')
  }

  #onClientClosed(): void {
    if (this.#state === 'over') return
    this.#end('unknown')
    this.#controller?.abort(new ClientGoneError())
  }

  #end(outcome: Outcome): void {
    this.#state = 'over'
    clearTimeout(this.#timer)
    this.#release(outcome)
  }

  #release(outcome: Outcome): void {
    this.#lease?.upstream.leave(this.#lease.permit, outcome)
    this.#lease = undefined
  }

  #problem(failure: UpstreamFailure): Problem {
    if (failure === 'timeout' || failure === 'connect-timeout') return new Problem('upstream-timeout')
    if (failure === 'invalid-answer') return new Problem('bad-gateway')
    if (failure === 'unsendable') return new Problem('malformed-request')
    return new Problem('upstream-unavailable', { headers: { 'retry-after': String(this.#options.group.retryAfterSeconds) } })
  }

  #log(failure: UpstreamFailure, code: string): void {
    const { group, request } = this.#options
    const fields = { service: group.service, upstream: this.#lease?.upstream.origin, failure, code }
    if (outcomeOf(failure) === 'unknown') request.log.debug(fields, 'exchange given up')
    else request.log.warn(fields, 'upstream failed')
  }
}

function outcomeOf(failure: UpstreamFailure): Outcome {
  return failure === 'client' || failure === 'too-large' || failure === 'unsendable' ? 'unknown' : 'failure'
}
