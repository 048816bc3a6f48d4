import { once } from 'node:events'
import net from 'node:net'

/** A TCP proxy in front of a database that can fall silent, cut connections, or swallow the answer to a statement. */
export interface FaultProxy {
  readonly url: string
  /** From now on nothing passes in either direction, and nothing is closed. */
  silence(): void
  /** New connections pass; those that were open stay silent. */
  heal(): void
  /** Closes every connection; new ones pass. */
  cut(): void
  /** The next statement that holds `text` reaches the server; its answer cuts the connection. */
  loseAnswerTo(text: string): void
  /** The same for the n-th message from now, whatever it is. */
  loseAnswerToMessage(position: number): void
  readonly accepted: () => number
  close(): Promise<void>
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<net.Socket>()
  const state: { silentSince: number; silent: boolean; lose?: string | undefined; loseAfter: number; accepted: number } = {
    silentSince: 0,
    silent: false,
    loseAfter: Infinity,
    accepted: 0,
  }
  const server = net.createServer((client) => {
    state.accepted++
    const number = state.accepted
    const silent = () => state.silent || number <= state.silentSince
    const upstream = net.connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    let losing = false
    client.on('data', (bytes) => {
      if (silent()) return
      losing ||= (state.lose !== undefined && bytes.includes(state.lose)) || --state.loseAfter === 0
      if (losing) state.lose = undefined
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (silent()) return
      if (losing) client.destroy()
      else client.write(bytes)
    })
    client.on('close', () => silent() || upstream.destroy())
    upstream.on('close', () => silent() || client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => sockets.forEach((socket) => socket.destroy())
  return {
    url: withAddress(target, server.address()),
    silence: () => {
      state.silent = true
      state.silentSince = state.accepted
    },
    heal: () => {
      state.silent = false
      state.silentSince = state.accepted
    },
    cut,
    loseAnswerTo: (text) => void (state.lose = text),
    loseAnswerToMessage: (position) => void (state.loseAfter = position),
    accepted: () => state.accepted,
    close: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

function withAddress(target: string, address: ReturnType<net.Server['address']>): string {
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  if (address && typeof address === 'object') url.port = String(address.port)
  return url.href
}
