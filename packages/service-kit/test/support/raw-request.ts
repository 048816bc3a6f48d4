import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** All bytes of the connection, for pipelined answers. */
  readonly all: string
}

/** Writes bytes to a socket as they are and reads until the other side closes, or half-closes after the answer. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const timer = setTimeout(() => socket.destroy(new Error('no answer within 5 s')), 5_000)
  socket.on('error', () => undefined)
  socket.end(bytes)
  const all = await text(socket).finally(() => clearTimeout(timer))
  return { ...parseAnswer(all), all }
}

/** A request with a body and its length. */
export function rawRequest(options: {
  method?: string
  target?: string
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
}): Buffer {
  const { method = 'POST', target = '/notes', headers = {}, body = '' } = options
  const bytes = Buffer.from(body)
  const lines = Object.entries({ host: 'x', 'content-length': String(bytes.length), connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), bytes])
}

function parseAnswer(all: string): { status: number; headers: Record<string, string>; body: string } {
  const end = all.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = all.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const length = Number(headers['content-length'] ?? Number.NaN)
  const body = all.slice(end + 4)
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: Number.isNaN(length) ? body : Buffer.from(body).subarray(0, length).toString(),
  }
}
