import path from 'node:path'
import { databaseUrl } from '../databases/database-server.ts'
import type { ServiceName, StackPorts } from './stack-ports.ts'
import type { StackSecrets } from './stack-secrets.ts'

export type ServiceEnvironments = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>

export interface StackUrls {
  gateway: string
  auth: string
  products: string
  orders: string
  /** Server addresses, with the password. */
  postgres: string
  mongo: string
  /** Only where events go through a broker. */
  rabbitmq?: string
}

/** How events go from service to service: by HTTP, or through a RabbitMQ of the stack's own. */
export type StackTransport = 'http' | 'rabbitmq'

export const postgresDatabases = ['polystore_auth', 'polystore_orders'] as const

/** The login of the seeded accounts: for development only, which is why it may stand here. */
export const demoLogins = {
  customer: 'demo@polystore.dev',
  admin: 'admin@polystore.dev',
  password: 'polystore-demo-2026',
} as const

/** On one machine all clients share one address: the limits of the gateway's own defaults would stop the demo. */
const developmentLimits = { RATE_LIMIT_PER_MINUTE: '60000', RATE_LIMIT_LOGIN_PER_MINUTE: '6000' } as const

export function stackUrls(ports: StackPorts, secrets: StackSecrets, transport: StackTransport): StackUrls {
  return {
    gateway: `http://127.0.0.1:${ports.gateway}`,
    auth: `http://127.0.0.1:${ports.auth}`,
    products: `http://127.0.0.1:${ports.products}`,
    orders: `http://127.0.0.1:${ports.orders}`,
    postgres: `postgres://postgres:${encodeURIComponent(secrets.postgresPassword)}@127.0.0.1:${ports.postgres}/postgres`,
    mongo: `mongodb://127.0.0.1:${ports.mongo}/?replicaSet=rs0`,
    ...(transport === 'rabbitmq' && {
      rabbitmq: `amqp://polystore:${encodeURIComponent(secrets.rabbitmqPassword)}@127.0.0.1:${ports.rabbitmq}`,
    }),
  }
}

/** What the services' environments are made of. */
export interface StackSetting {
  urls: StackUrls
  ports: StackPorts
  secrets: StackSecrets
  dataDir: string
}

/** What each service reads from its environment. */
export function serviceEnvironments({ urls, ports, secrets, dataDir }: StackSetting): ServiceEnvironments {
  const common = {
    HOST: '127.0.0.1',
    INTERNAL_SECRET: secrets.internalSecret,
    JWT_ISSUER: 'polystore',
    JWT_AUDIENCE: 'polystore',
    AUTH_URL: urls.auth,
    PRODUCTS_URL: urls.products,
    ORDERS_URL: urls.orders,
    SEED_DEMO_PASSWORD: demoLogins.password,
    ...(urls.rabbitmq !== undefined && { EVENT_TRANSPORT: 'rabbitmq', RABBITMQ_URL: urls.rabbitmq }),
  }
  return {
    gateway: { ...common, ...developmentLimits, PORT: String(ports.gateway) },
    auth: {
      ...common,
      PORT: String(ports.auth),
      DATABASE_URL: databaseUrl(urls.postgres, 'polystore_auth'),
      KEY_ENCRYPTION_SECRET: secrets.keyEncryptionSecret,
      MAIL_FOLDER: path.join(dataDir, 'mails'),
      MAIL_LINK_URL: `${urls.gateway}/api/v1/auth`,
    },
    products: { ...common, PORT: String(ports.products), MONGO_URL: databaseUrl(urls.mongo, 'polystore_products') },
    orders: { ...common, PORT: String(ports.orders), DATABASE_URL: databaseUrl(urls.postgres, 'polystore_orders') },
  }
}
