import { once } from 'node:events'
import net from 'node:net'

/** Where a connection is cut, counted in what its client sends: before it arrives, or when its answer would leave the server. */
export interface Cut {
  readonly message: number
  readonly side: 'before' | 'after'
}

export interface CuttingProxy {
  readonly url: string
  /** True when the cut was reached. */
  readonly reached: () => boolean
  close(): Promise<void>
}

/** A TCP proxy in front of a database that cuts the first connection through it at one exact place. */
export async function startCuttingProxy(target: string, cut: Cut): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<net.Socket>()
  let [connections, reached] = [0, false]
  const server = net.createServer((client) => {
    const first = connections++ === 0
    const upstream = net.connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    let sent = 0
    const cutNow = () => {
      reached = true
      client.destroy()
      upstream.destroy()
    }
    client.on('data', (bytes) => {
      sent++
      if (first && sent === cut.message && cut.side === 'before') return cutNow()
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => (first && sent >= cut.message ? cutNow() : client.write(bytes)))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  const address = server.address()
  url.hostname = '127.0.0.1'
  if (address && typeof address === 'object') url.port = String(address.port)
  return {
    url: url.href,
    reached: () => reached,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
