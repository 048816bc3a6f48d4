import net from 'node:net'
import { UnavailableError } from '../errors/repository-error.ts'

/** Where a server listens: host and port, or the path of a Unix socket. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** A socket that connects once in its life; a driver that owns one cannot reconnect behind its caller's back. */
export class SingleSocket {
  readonly socket = new net.Socket()
  #used = false
  #lost = false

  constructor(onLost: () => void) {
    this.socket.setNoDelay(true)
    this.socket.setKeepAlive(true, 30_000)
    // Listening first means that the fence is up before the driver tells anyone.
    this.socket.on('error', onLost)
    this.socket.once('end', onLost)
    this.socket.once('close', () => {
      this.#lost = true
      onLost()
    })
  }

  /** Resolves when connected. @throws UnavailableError the second time */
  connect(address: SocketAddress): Promise<net.Socket> {
    if (this.#used || this.#lost) return Promise.reject(new UnavailableError('The connection was lost.'))
    this.#used = true
    return new Promise((resolve, reject) => {
      this.socket.once('error', reject)
      this.socket.once('close', () => reject(new UnavailableError('The connection was closed.')))
      this.socket.connect(address, () => {
        this.socket.off('error', reject)
        resolve(this.socket)
      })
    })
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Waits for `work`; on failure or after `timeoutMs` the socket is destroyed. */
  async within<Result>(timeoutMs: number, work: PromiseLike<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new UnavailableError(`The database did not answer within ${timeoutMs} ms.`)), timeoutMs)
    })
    try {
      return await Promise.race([work, overdue])
    } catch (error) {
      this.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Starts `end` and waits until the socket is closed, by force after `timeoutMs`. */
  async closedWithin(timeoutMs: number, end: () => Promise<unknown>): Promise<void> {
    if (this.#lost) return
    const closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()))
    const timer = setTimeout(() => this.destroy(), timeoutMs)
    end().catch(() => this.destroy())
    await closed
    clearTimeout(timer)
  }
}
