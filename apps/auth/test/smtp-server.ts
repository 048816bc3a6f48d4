import { EventEmitter, on, once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const received = z.object({ to: z.string(), source: z.string() })
export type ReceivedMail = z.infer<typeof received>

/** As much of a mail server (RFC 5321) as sending one mail over one connection needs. */
export class SmtpServer {
  readonly #events = new EventEmitter()
  readonly #mails = on(this.#events, 'mail')
  readonly #server = createServer((socket) => void this.#serve(socket).catch(() => socket.destroy()))
  /** True: every address is refused for now. */
  isRefusing = false
  /** Of every mail that was taken. */
  readonly recipients: string[] = []

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address: AddressInfo | string | null = this.#server.address()
    return `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  /** The next mail that nobody has taken. */
  async next(): Promise<ReceivedMail> {
    const { value = [] } = await this.#mails.next()
    return received.parse(value[0])
  }

  /** The next mail for an address; those for others are dropped. */
  async nextTo(address: string): Promise<ReceivedMail> {
    for (;;) {
      const mail = await this.next()
      if (mail.to === address) return mail
    }
  }

  /** When an address was refused. */
  async refused(): Promise<void> {
    await once(this.#events, 'refused')
  }

  async stop(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(socket: Socket): Promise<void> {
    let to = ''
    let lines: string[] | undefined
    socket.write('220 test\r\n')
    for await (const line of createInterface({ input: socket })) {
      if (lines !== undefined && line !== '.') lines.push(line)
      else if (lines !== undefined) {
        this.recipients.push(to)
        // Long lines come folded, as quoted-printable does it.
        this.#events.emit('mail', { to, source: lines.join('\n').replaceAll('=\n', '') })
        lines = undefined
        socket.write('250 taken\r\n')
      } else {
        if (line.startsWith('RCPT')) to = /<(.*)>/u.exec(line)?.[1] ?? ''
        if (line === 'DATA') lines = []
        socket.write(`${this.#answer(line)}\r\n`)
      }
    }
  }

  #answer(line: string): string {
    if (line === 'DATA') return '354 go on'
    if (line === 'QUIT') return '221 bye'
    if (!line.startsWith('RCPT') || !this.isRefusing) return '250 fine'
    this.#events.emit('refused')
    return '451 come back later'
  }
}

/** The token of a mail, which stands on a line of its own. */
export function tokenIn({ source }: Pick<ReceivedMail, 'source'>): string {
  return /^[\w-]{43}$/mu.exec(source)?.[0] ?? 'none'
}
