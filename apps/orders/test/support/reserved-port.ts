import { once } from 'node:events'
import { createServer } from 'node:net'

export interface ReservedPort {
  readonly port: number
  /** Frees it for the one who listens next. */
  release(): Promise<void>
}

/** A port that nobody else is given until it is released: others may be told of it before its server listens. */
export async function reservePort(): Promise<ReservedPort> {
  const holder = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const address = holder.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const release = async (): Promise<void> => {
    holder.close()
    await once(holder, 'close')
  }
  return { port: address.port, release }
}
