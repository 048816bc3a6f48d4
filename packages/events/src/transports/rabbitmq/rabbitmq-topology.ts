import { setTimeout as delay } from 'node:timers/promises'
import type { Channel } from 'amqplib'
import type { Subscriber } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import type { Logger } from '@polystore/service-kit'
import { brokerReason, type RabbitmqLink } from './rabbitmq-link.ts'

/** The names of what a broker holds for one installation. */
export interface RabbitmqNames {
  /** Where events are published, with the subscriber as the routing key. */
  readonly exchange: string
  /** Where the broker puts what a subscriber refuses or dies of. */
  readonly deadExchange: string
  queue(subscriber: Subscriber): string
  deadQueue(subscriber: Subscriber): string
}

export function rabbitmqNames(namespace = 'polystore'): RabbitmqNames {
  return {
    exchange: `${namespace}.events`,
    deadExchange: `${namespace}.events.dead`,
    queue: (subscriber) => `${namespace}.${subscriber}`,
    deadQueue: (subscriber) => `${namespace}.${subscriber}.dead`,
  }
}

/** How often a message comes back because its consumer died with it, before it is dead. */
export const defaultDeliveryLimit = 5
/** A publisher is refused above it, and its events stay in the outbox. */
const longestQueue = 1_000_000
/** How long an event may lie with a subscriber whose database is down; brokers older than 3.12 go by their own setting. */
const consumerTimeoutMs = 86_400_000
/** Brokers from 4.0 on drop after 20 returns what has no other place to go; looking at a dead message returns it. */
const deadDeliveryLimit = 1_000_000

export interface QueueOptions {
  readonly names: RabbitmqNames
  readonly subscriber: Subscriber
  readonly deliveryLimit: number
}

/**
 * Declares the queues of a subscriber; those that are there with other settings are used as they are. A broker of 3.10 that is killed
 * within half a second forgets a new queue and what it had confirmed for it, so one that is new is used `settleMs` later.
 * @throws UnavailableError
 */
export async function ensureQueues(
  link: RabbitmqLink,
  { logger, settleMs, ...options }: QueueOptions & { readonly logger: Pick<Logger, 'warn'>; readonly settleMs: number },
): Promise<void> {
  const isKnown = await isThere(link, options)
  try {
    await link.command((channel) => declareQueues(channel, options))
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    logger.warn({ subscriber: options.subscriber, reason: brokerReason(error) }, 'the queues of a subscriber could not be declared')
  }
  if (!isKnown) await delay(settleMs)
}

async function isThere(link: RabbitmqLink, { names, subscriber }: QueueOptions): Promise<boolean> {
  try {
    await link.command((channel) => channel.checkQueue(names.queue(subscriber)))
    return true
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    return false
  }
}

/** Until a broker keeps a new queue whatever happens. */
export const defaultSettleMs = 1_000

/**
 * Queues that survive the loss of a broker and in which a message is never dropped: the publisher is refused, or the message is
 * dead-lettered, which is confirmed as well. One consumer at a time, so that the events of one subject keep their order when a
 * subscriber has several processes.
 */
async function declareQueues(channel: Channel, { names, subscriber, deliveryLimit }: QueueOptions): Promise<void> {
  const safe = { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish', 'x-max-length': longestQueue }
  await channel.assertExchange(names.exchange, 'direct', { durable: true })
  await channel.assertExchange(names.deadExchange, 'direct', { durable: true })
  const ofDead = { ...safe, 'x-delivery-limit': deadDeliveryLimit }
  await channel.assertQueue(names.deadQueue(subscriber), { durable: true, arguments: ofDead })
  await channel.bindQueue(names.deadQueue(subscriber), names.deadExchange, subscriber)
  const ofLive = {
    ...safe,
    'x-single-active-consumer': true,
    'x-delivery-limit': deliveryLimit,
    'x-dead-letter-exchange': names.deadExchange,
    'x-dead-letter-routing-key': subscriber,
    'x-dead-letter-strategy': 'at-least-once',
    'x-consumer-timeout': consumerTimeoutMs,
  }
  await channel.assertQueue(names.queue(subscriber), { durable: true, arguments: ofLive })
  await channel.bindQueue(names.queue(subscriber), names.exchange, subscriber)
}
