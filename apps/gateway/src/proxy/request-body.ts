import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

export class BodyTooLargeError extends Error {
  constructor() {
    super('the body is longer than this route takes')
    this.name = 'BodyTooLargeError'
  }
}

export class ClientGoneError extends Error {
  constructor() {
    super('the client went away')
    this.name = 'ClientGoneError'
  }
}

/** Whether a request announces a body, by either of the two headers that can. */
export function announcesBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || declaredLength(request) > 0
}

/** Content-Length in bytes; 0 without one. Node has checked its form. */
export function declaredLength(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

/** A body that is here already, as small ones are that came with their head: sent in one piece, it needs no stream. */
export function arrivedBody(source: IncomingMessage): Buffer | undefined {
  const length = declaredLength(source)
  if (length === 0 || source.readableLength !== length) return undefined
  const body: unknown = source.read()
  return Buffer.isBuffer(body) ? body : undefined
}

/**
 * The body as a stream of its own: it may be destroyed without the client's socket going with it, it passes
 * pressure back to the client, and it fails with BodyTooLargeError at the first byte above `maxBytes`.
 */
export function limitedBody(source: IncomingMessage, maxBytes: number): Readable {
  let received = 0
  const body = new Readable({
    read: () => void source.resume(),
    destroy(error, done) {
      source.off('data', onData).off('end', onEnd).off('close', onClose)
      // What still comes is thrown away, so that the next request of the connection can be read.
      source.resume()
      done(error)
    },
  })
  const onData = (chunk: Buffer): void => {
    received += chunk.length
    if (received > maxBytes) body.destroy(new BodyTooLargeError())
    else if (!body.push(chunk)) source.pause()
  }
  const onEnd = (): void => void body.push(null)
  const onClose = (): void => void (source.complete || body.destroy(new ClientGoneError()))
  source.on('data', onData).on('end', onEnd).on('close', onClose)
  source.on('error', ignore)
  body.on('error', ignore)
  return body
}

/** Throws away what is left of a body, so that its sender reads the answer instead of a reset; ends after `maxMs` at the latest. */
export async function discardBody(source: IncomingMessage, maxMs: number): Promise<void> {
  if (source.complete || source.destroyed) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(finish, maxMs)
    function finish(): void {
      clearTimeout(timer)
      source.off('end', finish).off('close', finish)
      resolve()
    }
    source.on('end', finish).on('close', finish).resume()
  })
}

function ignore(): void {
  // The failure reaches undici through `destroy`; without a listener it would end the process.
}
