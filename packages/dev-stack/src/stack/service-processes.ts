import { freePort } from '../processes/free-port.ts'
import type { ServiceEnvironments, StackUrls } from './stack-environment.ts'
import type { ReplicaName, ServiceName } from './stack-ports.ts'

/** One process of a service: the first or a replica. */
export interface ServiceProcess {
  readonly name: ServiceName | ReplicaName
  readonly service: ServiceName
  readonly url: string
  readonly env: Readonly<Record<string, string>>
}

export interface Wiring {
  readonly urls: StackUrls
  readonly dataDir: string
  readonly processes: readonly ServiceProcess[]
}

/** Variables for single processes, over everything else; called when all ports are known and nothing has been started. */
export type Rewire = (wiring: Wiring) => Promise<Partial<Record<ServiceName | ReplicaName, Readonly<Record<string, string>>>>>

const serviceOf: Readonly<Record<ReplicaName, 'orders' | 'products'>> = { 'orders-2': 'orders', 'products-2': 'products' }
const addressVariable = { orders: 'ORDERS_URL', products: 'PRODUCTS_URL' } as const

interface Planned {
  readonly urls: StackUrls
  readonly dataDir: string
  readonly environments: ServiceEnvironments
  readonly services: readonly ServiceName[]
  readonly replicas: readonly ReplicaName[]
  readonly rewire: Rewire | undefined
}

/** Every process that the stack will run, with its address and what it is given. */
export async function serviceProcesses({ urls, dataDir, environments, services, replicas, rewire }: Planned): Promise<ServiceProcess[]> {
  const first = services.map((name) => ({ name, service: name, url: urls[name], env: { ...environments[name] } }))
  const second = await Promise.all(replicas.map(async (name) => replica(name, environments)))
  const gateway = first.find(({ name }) => name === 'gateway')
  for (const { service, url } of second) {
    const variable = addressVariable[service]
    if (gateway) gateway.env[variable] = `${gateway.env[variable] ?? ''},${url}`
  }
  const processes = [...first, ...second]
  const rewired = (await rewire?.({ urls, dataDir, processes })) ?? {}
  return processes.map((process) => ({ ...process, env: { ...process.env, ...rewired[process.name] } }))
}

async function replica(name: ReplicaName, environments: ServiceEnvironments) {
  const service = serviceOf[name]
  const port = await freePort(0)
  return { name, service, url: `http://127.0.0.1:${port}`, env: { ...environments[service], PORT: String(port) } }
}
