// Sends many requests at once from a process of its own and reports how they were answered.
import { z } from 'zod'
import { secondsSince } from '../measure.ts'
import { PlainConnection } from '../plain-http.ts'
import { floodJob } from './login-flood.ts'

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  void flood(z.parse(floodJob, message)).then((report) => process.send?.(report))
})

async function flood({ port, requests }: z.output<typeof floodJob>): Promise<{ statuses: Record<string, number>; seconds: number }> {
  const connections = await Promise.all(requests.map(async () => PlainConnection.open(port)))
  const statuses: Record<string, number> = {}
  const started = performance.now()
  await Promise.all(
    connections.map(async (connection, index) => {
      const { status } = await connection.exchange(requests[index] ?? '').catch(() => ({ status: 0 }))
      statuses[status] = (statuses[status] ?? 0) + 1
      connection.close()
    }),
  )
  return { statuses, seconds: secondsSince(started) }
}
