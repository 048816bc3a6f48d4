import { setTimeout as pause } from 'node:timers/promises'
import type { Stream, Toxic } from '../toxiproxy/toxiproxy.ts'
import type { Fault } from './fault.ts'

const wires: readonly {
  readonly name: string
  readonly links: readonly string[]
  readonly short?: Toxic['type']
  readonly needs?: 'rabbitmq'
}[] = [
  { name: 'orders and PostgreSQL', links: ['orders>postgres'], short: 'timeout' },
  { name: 'products and MongoDB', links: ['products>mongo'], short: 'limit_data' },
  { name: 'orders and products', links: ['orders>products', 'orders-2>products-2'] },
  { name: 'gateway and orders', links: ['gateway>orders', 'gateway>orders-2'] },
  {
    name: 'all and RabbitMQ',
    links: ['orders>rabbitmq', 'orders-2>rabbitmq', 'products>rabbitmq', 'products-2>rabbitmq', 'auth>rabbitmq'],
    needs: 'rabbitmq',
  },
]

const toxics: readonly { readonly toxic: Toxic; readonly stream: Stream }[] = [
  { toxic: { type: 'timeout', attributes: { timeout: 0 } }, stream: 'downstream' },
  { toxic: { type: 'reset_peer', attributes: { timeout: 0 } }, stream: 'downstream' },
  { toxic: { type: 'latency', attributes: { latency: 120, jitter: 80 } }, stream: 'downstream' },
  { toxic: { type: 'slicer', attributes: { average_size: 64, size_variation: 32, delay: 200 } }, stream: 'upstream' },
  { toxic: { type: 'limit_data', attributes: { bytes: 6_000 } }, stream: 'downstream' },
]

const sickForMs = 1_200

/** Every wire with every toxic, for a while, under load. */
export const toxicFaults: readonly Fault[] = wires.flatMap(({ name, links, short, needs }, wire) =>
  toxics.map(({ toxic, stream }, index): Fault => ({
    id: `T${wire + 1}${String.fromCodePoint(97 + index)}`,
    name: `${toxic.type} between ${name}`,
    short: short === toxic.type,
    needs: needs === undefined ? ['toxiproxy'] : ['toxiproxy', needs],
    strike: async ({ world, load }) => {
      const running = load()
      await running.answered(3)
      for (const link of links) await world.toxiproxy?.poison(link, toxic, stream)
      await pause(sickForMs)
      await world.toxiproxy?.heal()
    },
  })),
)
