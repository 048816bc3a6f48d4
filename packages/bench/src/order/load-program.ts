// Places orders from a process of its own and reports how it went.
import { randomInt, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ownCpuSeconds, quantile, secondsSince } from '../measure.ts'
import { PlainConnection } from '../plain-http.ts'
import { loadJob, type LoadJob, type LoadReport } from './load.ts'

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  void load(z.parse(loadJob, message)).then((report) => process.send?.(report))
})

/** What all connections of one run share. */
interface Run {
  readonly job: LoadJob
  readonly endMs: number
  readonly latencies: number[]
  readonly statuses: Record<string, number>
  readonly unexpected: string[]
  begun: number
  broken: number
}

async function load(job: LoadJob): Promise<LoadReport> {
  const connections = await Promise.all(Array.from({ length: job.width }, async () => PlainConnection.open(job.port)))
  const cpuBefore = ownCpuSeconds()
  const started = performance.now()
  const run: Run = { job, endMs: started + job.milliseconds, latencies: [], statuses: {}, unexpected: [], begun: 0, broken: 0 }
  await Promise.all(connections.map(async (connection) => buy(connection, run)))
  const seconds = secondsSince(started)
  const cpuSeconds = ownCpuSeconds() - cpuBefore
  for (const connection of connections) connection.close()
  const { statuses, unexpected, broken, latencies } = run
  return { statuses, unexpected, broken, seconds, cpuSeconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) }
}

/** One order after the other on one connection, each for the next buyer in turn; a connection that breaks ends it. */
async function buy(connection: PlainConnection, run: Run): Promise<void> {
  for (let now = performance.now(); now < run.endMs && run.begun < run.job.orders;) {
    const before = now
    const answer = await connection.exchange(requestOf(run.job, run.begun++)).catch(() => undefined)
    if (answer === undefined) return void run.broken++
    now = performance.now()
    run.latencies.push(now - before)
    run.statuses[answer.status] = (run.statuses[answer.status] ?? 0) + 1
    if (answer.status !== 201 && run.unexpected.length < 3) run.unexpected.push(answer.body.slice(0, 500))
  }
}

function requestOf({ path, buyers, skus, lines }: LoadJob, turn: number): string {
  const { headers, fields } = buyers[turn % buyers.length] ?? { headers: '', fields: '' }
  const body = `{${fields}"lines":[${linesOf(skus, lines)}]}`
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nIdempotency-Key: ${randomUUID()}\r\n${headers}\r\n${body}`
}

/** Different SKUs: neighbours of a random one. */
function linesOf(skus: readonly string[], count: number): string {
  const first = randomInt(skus.length)
  const step = count > 1 ? 1 + randomInt(Math.floor((skus.length - 1) / (count - 1))) : 0
  return Array.from({ length: count }, (_, index) => `{"sku":"${skus[(first + index * step) % skus.length]}","quantity":1}`).join(',')
}
