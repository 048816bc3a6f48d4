// Makes requests from a process of its own, one after the other on each connection, and reports how it went.
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { pickFrom } from '../things/pick.ts'
import { quantile } from '../measure.ts'

const order = z.object({ port: z.number(), connections: z.number(), milliseconds: z.number(), ids: z.array(z.string()) })
type Order = z.infer<typeof order>

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  void load(order.parse(message)).then((report) => process.send?.(report))
})

/** What one leg of load found. */
export interface LoadReport {
  readonly operations: number
  readonly seconds: number
  /** Microseconds, the median. */
  readonly latency: number
}

async function load({ port, connections, milliseconds, ids }: Order): Promise<LoadReport> {
  const pick = pickFrom(ids)
  const sockets = await Promise.all(Array.from({ length: connections }, async () => open(port)))
  const latencies: number[] = []
  const started = performance.now()
  const end = started + milliseconds
  await Promise.all(
    sockets.map(async (socket) => {
      for (let now = performance.now(); now < end;) {
        const before = now
        await request(socket, pick())
        now = performance.now()
        latencies.push(now - before)
      }
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  for (const socket of sockets) socket.destroy()
  return { operations: latencies.length, seconds, latency: quantile(latencies, 0.5) * 1_000 }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

/** The plainest client there is, so that the machine is left to the service: one request, one answer of known length. */
function request(socket: Socket, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const onData = (chunk: string): void => {
      answer += chunk
      if (!isWhole(answer)) return
      socket.off('data', onData)
      if (answer.startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(`the service answered ${answer.slice(0, 500)}`))
    }
    socket.on('data', onData)
    socket.write(`GET /things/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  })
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = /\r\ncontent-length: (\d+)/iu.exec(answer)?.[1]
  if (length === undefined) throw new Error(`the answer has no length: ${answer.slice(0, head)}`)
  return answer.length >= head + 4 + Number(length)
}
