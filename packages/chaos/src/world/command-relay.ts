import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

interface Command {
  readonly method: string
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

interface Reply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

export interface CommandRelay {
  readonly port: number
  /** Every POST is sent twice at once, and after it one of the last commands again. */
  repeat: boolean
  /** Requests to these paths get no answer. */
  blocked: RegExp | undefined
  close(): Promise<void>
}

const remembered = 32
const timeoutMs = 15_000
const perConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host'])

/** Stands between two services and does what a network may do to commands: doubles them, reorders them, swallows them. */
export async function startCommandRelay(targetPort: number, random: () => number): Promise<CommandRelay> {
  const past: Command[] = []
  const server = createServer((incoming, outgoing) => {
    void forward(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const relay: CommandRelay = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    repeat: false,
    blocked: undefined,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming
    const command = { method, path, headers, body: await buffer(incoming) }
    if (relay.blocked?.test(path)) return void outgoing.destroy()
    const reply = method === 'POST' && relay.repeat ? await sendOften(command) : await send(targetPort, command)
    outgoing.writeHead(reply.status, kept(reply.headers)).end(reply.body)
  }

  async function sendOften(command: Command): Promise<Reply> {
    const old = past[Math.floor(random() * past.length)]
    past.push(command)
    if (past.length > remembered) past.shift()
    const [reply] = await Promise.all([send(targetPort, command), send(targetPort, command)])
    if (old) await send(targetPort, old).catch(() => {})
    return reply
  }
  return relay
}

async function send(port: number, { method, path, headers, body }: Command): Promise<Reply> {
  const call = request({ host: '127.0.0.1', port, method, path, headers: kept(headers), timeout: timeoutMs })
  call.once('timeout', () => call.destroy(new Error('no answer')))
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  call.once('response', resolve)
  call.once('error', reject)
  call.end(body)
  const response = await promise
  return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) }
}

function kept(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !perConnection.has(name)))
}
