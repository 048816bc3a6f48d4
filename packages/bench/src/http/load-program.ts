// Makes requests from a process of its own, one after the other on each connection, and reports how it went.
import { z } from 'zod'
import { pickFrom } from '../things/pick.ts'
import { quantile } from '../measure.ts'
import { PlainConnection } from '../plain-http.ts'

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
  const sockets = await Promise.all(Array.from({ length: connections }, async () => PlainConnection.open(port)))
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
  for (const socket of sockets) socket.close()
  return { operations: latencies.length, seconds, latency: quantile(latencies, 0.5) * 1_000 }
}

async function request(connection: PlainConnection, id: string): Promise<void> {
  const { status, body } = await connection.exchange(`GET /things/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  if (status !== 200) throw new Error(`the service answered ${status}: ${body.slice(0, 500)}`)
}
