import { connect, type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib'
import { UnavailableError } from '@polystore/db-core'
import type { Logger } from '@polystore/service-kit'

export interface RabbitmqLinkOptions {
  /** amqp://user:password@host:5672/vhost; it reaches neither logs nor errors. */
  readonly url: string
  /** Stands in the broker's list of connections. */
  readonly connectionName: string
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

const connectTimeoutMs = 5_000
const closeTimeoutMs = 5_000
/** Twice this long without a sign, and the other side counts as gone. */
const heartbeatSeconds = '5'

/** One connection to the broker: opened when it is asked for, opened anew after a loss. An outage is logged once, and so is its end. */
export class RabbitmqLink {
  readonly #options: RabbitmqLinkOptions
  #model: Promise<ChannelModel> | undefined
  #isDown = false
  #isClosed = false

  constructor(options: RabbitmqLinkOptions) {
    this.#options = options
  }

  /** @throws UnavailableError */
  channel(): Promise<Channel> {
    return this.#open(async (model) => watched(await model.createChannel()))
  }

  /** @throws UnavailableError */
  confirmChannel(): Promise<ConfirmChannel> {
    return this.#open(async (model) => watched(await model.createConfirmChannel()))
  }

  /** Runs a few commands on a channel of their own: a refused one costs its channel. */
  async command<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const channel = await this.channel()
    try {
      return await work(channel)
    } finally {
      await closeChannel(channel)
    }
  }

  /** Gives the connection up: what still comes over it is of no use. */
  async drop(): Promise<void> {
    const model = this.#model
    this.#model = undefined
    await settled(model?.then((open) => open.close()))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.drop()
  }

  async #open<Result>(create: (model: ChannelModel) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new UnavailableError('The connection to RabbitMQ is closed.')
    const model = this.#connection()
    try {
      return await within(connectTimeoutMs * 2, model.then(create))
    } catch (error) {
      this.#lost(model, error)
      throw new UnavailableError(`RabbitMQ cannot be reached (${brokerReason(error)}).`)
    }
  }

  #connection(): Promise<ChannelModel> {
    if (this.#model) return this.#model
    const opening: Promise<ChannelModel> = this.#connect((error) => this.#lost(opening, error))
    this.#model = opening
    return opening
  }

  async #connect(onLost: (error: unknown) => void): Promise<ChannelModel> {
    const model = await connect(withHeartbeat(this.#options.url), {
      timeout: connectTimeoutMs,
      noDelay: true,
      clientProperties: { connection_name: this.#options.connectionName },
    })
    for (const event of ['error', 'close']) model.on(event, onLost)
    if (this.#isDown) this.#options.logger.info({ connection: this.#options.connectionName }, 'RabbitMQ answers again')
    this.#isDown = false
    return model
  }

  #lost(model: Promise<ChannelModel>, error: unknown): void {
    if (this.#model !== model) return
    void this.drop()
    if (this.#isDown || this.#isClosed) return
    this.#isDown = true
    const fields = { connection: this.#options.connectionName, reason: brokerReason(error) }
    this.#options.logger.warn(fields, 'RabbitMQ does not answer; trying again')
  }
}

/** What was acknowledged on it before has reached the broker then. */
export async function closeChannel(channel: Channel): Promise<void> {
  // One that is closed already says so by throwing.
  await settled((async () => channel.close())())
}

/** The codes of an error alone: its text could quote the address with its password. */
export function brokerReason(error: unknown): string {
  if (!(error instanceof Error)) return 'closed'
  const reply = /\b(\d{3}) \(([A-Z-]{3,40})\)/u.exec(error.message)
  if (reply) return `${reply[1]} ${reply[2]}`
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** An error of a channel that nobody listens to would end the process; its users learn of it by its `close`. */
function watched<Opened extends Channel>(channel: Opened): Opened {
  return channel.on('error', () => {})
}

function withHeartbeat(address: string): string {
  if (!URL.canParse(address)) throw new Error('the address of RabbitMQ is no URL')
  const url = new URL(address)
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', heartbeatSeconds)
  return url.href
}

/** Waits for an ending that may fail or never come. */
async function settled(work: Promise<unknown> | undefined): Promise<void> {
  if (work) await within(closeTimeoutMs, work).catch(() => {})
}

async function within<Result>(waitMs: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new UnavailableError('RabbitMQ did not answer in time.')), waitMs)
  work.catch(() => {})
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
