import { once } from 'node:events'
import { createServer } from 'node:net'

const portsTried = 50

/** The wished port, or the next free one after it; any free port without a wish. */
export async function freePort(wish = 0): Promise<number> {
  if (wish === 0) return probe(0)
  for (let port = wish; port < wish + portsTried; port++) {
    const free = await probe(port).catch(() => undefined)
    if (free !== undefined) return free
  }
  throw new Error(`no free port from ${wish} to ${wish + portsTried - 1}`)
}

async function probe(port: number): Promise<number> {
  const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true })
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the probe has no port')
  return address.port
}
