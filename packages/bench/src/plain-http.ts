import { connect, type Socket } from 'node:net'

export interface PlainAnswer {
  readonly status: number
  readonly body: string
}

/** The plainest HTTP client there is, so that the machine is left to the service: one request at a time, answers of known length. */
export class PlainConnection {
  readonly #socket: Socket
  #received = ''
  #waiting: { resolve: (answer: PlainAnswer) => void; reject: (error: Error) => void } | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    // One character per byte, so that a length in bytes can be counted in characters.
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#receive(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#fail(new Error('the connection ended before the answer')))
  }

  static async open(port: number): Promise<PlainConnection> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opened = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(opened.off('error', reject)))
      opened.once('error', reject)
    })
    return new PlainConnection(socket)
  }

  /** Sends a whole request and reads its answer. @throws when the connection ends first */
  async exchange(request: string): Promise<PlainAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the connection has ended'))
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: string): void {
    this.#received += chunk
    const head = this.#received.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = /\r\ncontent-length: (\d+)/iu.exec(this.#received)?.[1]
    if (length === undefined) return this.#fail(new Error(`the answer has no length: ${this.#received.slice(0, head)}`))
    const end = head + 4 + Number(length)
    if (this.#received.length < end) return
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(head + 4, end) }
    this.#received = ''
    this.#waiting?.resolve(answer)
    this.#waiting = undefined
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}
