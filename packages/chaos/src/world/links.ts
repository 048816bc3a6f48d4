import path from 'node:path'
import type { Rewire, Wiring } from '@polystore/dev-stack'
import type { Toxiproxy } from '../toxiproxy/toxiproxy.ts'
import { startCommandRelay, type CommandRelay } from './command-relay.ts'

type ProcessUnderFire = Wiring['processes'][number]['name']

const variables = ['DATABASE_URL', 'MONGO_URL', 'RABBITMQ_URL', 'AUTH_URL', 'PRODUCTS_URL', 'ORDERS_URL'] as const
const servers: Readonly<Record<string, string>> = { 'postgres:': 'postgres', 'mongodb:': 'mongo', 'amqp:': 'rabbitmq' }
/** Each process of orders has a process of products of its own, so that both replicas work. */
const partners: Readonly<Record<string, ProcessUnderFire>> = { orders: 'products', 'orders-2': 'products-2' }

export interface Links {
  readonly rewire: Rewire
  /** As "orders>postgres"; only where toxiproxy stands between. */
  readonly names: string[]
  /** Between orders and products, by the process of orders. */
  readonly relays: Map<string, CommandRelay>
}

export interface LinkOptions {
  readonly toxiproxy: Toxiproxy | undefined
  readonly random: () => number
  /** For every process, under what the links say. */
  readonly env: Readonly<Record<string, string>>
}

/** Leads every connection between two processes through a proxy, and gives every process a file for its crash points. */
export function createLinks({ toxiproxy, random, env }: LinkOptions): Links {
  const names: string[] = []
  const relays = new Map<string, CommandRelay>()
  const proxied = async (from: string, url: string, wiring: Wiring): Promise<string> => {
    if (toxiproxy === undefined) return url
    const { protocol, port, host } = new URL(url)
    const to = servers[protocol] ?? nameOf(port, wiring)
    const name = `${from}>${to}`
    names.push(name)
    const own = await toxiproxy.open(name, Number(port))
    return direct(url.replace(host, `127.0.0.1:${own}`))
  }
  const relayed = async (from: string, url: string, wiring: Wiring): Promise<string> => {
    const partner = wiring.processes.find(({ name }) => name === partners[from])
    const target = await proxied(from, partner?.url ?? url, wiring)
    const relay = await startCommandRelay(Number(new URL(target).port), random)
    relays.set(from, relay)
    return `http://127.0.0.1:${relay.port}`
  }
  const rewire: Rewire = async (wiring) => {
    const all = wiring.processes.map(async ({ name, env: given }) => {
      const entries = variables.flatMap((variable) => {
        const value = given[variable]
        return value === undefined ? [] : [{ variable, value }]
      })
      const changed: Record<string, string> = { ...env, CRASH_FILE: crashFile(wiring.dataDir, name) }
      for (const { variable, value } of entries) {
        const lead = variable === 'PRODUCTS_URL' && partners[name] !== undefined ? relayed : proxied
        const urls = await Promise.all(value.split(',').map(async (url) => lead(name, url, wiring)))
        changed[variable] = urls.join(',')
      }
      return [name, changed] as const
    })
    return Object.fromEntries(await Promise.all(all))
  }
  return { rewire, names, relays }
}

/** Where a crash point of this process is armed. */
export function crashFile(dataDir: string, process: string): string {
  return path.join(dataDir, `crash-${process}`)
}

/** The members of a replica set name themselves by their own addresses: past the proxy, unless the driver is told not to ask. */
function direct(url: string): string {
  return url.startsWith('mongodb:') ? url.replace(/replicaSet=\w+/u, 'directConnection=true') : url
}

function nameOf(port: string, { processes }: Wiring): string {
  return processes.find(({ url }) => new URL(url).port === port)?.name ?? port
}
