import { freePort } from '../processes/free-port.ts'

export type ServiceName = 'gateway' | 'auth' | 'products' | 'orders'
/** A second process of a service, over the same database; on demand only. */
export type ReplicaName = 'orders-2' | 'products-2'
export type ProcessName = ServiceName | ReplicaName | 'postgres' | 'mongo' | 'rabbitmq'
export type StackPorts = Readonly<Record<Exclude<ProcessName, ReplicaName>, number>>

/** The ports that `npm start` wishes for. */
export const usualPorts: StackPorts = {
  gateway: 8080,
  auth: 4001,
  products: 4002,
  orders: 4003,
  postgres: 54_320,
  mongo: 27_020,
  rabbitmq: 56_720,
}

const attempts = 50

/** A free port for every process: the wished one or one after it, a random one without a wish, none twice. */
export async function allocatePorts(wishes: Partial<StackPorts>): Promise<StackPorts> {
  const taken = new Set<number>()
  const take = async (name: keyof StackPorts): Promise<number> => {
    let wish = wishes[name] ?? 0
    for (let attempt = 0; attempt < attempts; attempt++) {
      const port = await freePort(wish)
      if (!taken.has(port)) {
        taken.add(port)
        return port
      }
      wish = wish === 0 ? 0 : port + 1
    }
    throw new Error(`no free port for ${name}`)
  }
  return {
    gateway: await take('gateway'),
    auth: await take('auth'),
    products: await take('products'),
    orders: await take('orders'),
    postgres: await take('postgres'),
    mongo: await take('mongo'),
    rabbitmq: await take('rabbitmq'),
  }
}
