import { randomBytes, randomUUID } from 'node:crypto'
import { connectPostgres, type PostgresDatabase, type PostgresOptions } from '@polystore/db-core/sql'
import { migrateUp } from '@polystore/db-core/migrations'
import { createIdentitySigner, databaseOptions, identityHeader, parseConfig, type Identity, type Service } from '@polystore/service-kit'
import { createMongoDatabase, createPostgresDatabase, startService, type TestService } from '@polystore/testing'
import { buildApp } from '../../src/app.ts'
import { ordersConfig } from '../../src/config.ts'
import { migrations } from '../../src/migrations.ts'
import { reservePort } from './reserved-port.ts'

export interface Customer {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
}

export interface OrderLine {
  readonly sku: string
  readonly quantity: number
}

export interface Neighbours {
  /** More variables for auth. */
  readonly auth?: Readonly<Record<string, string>>
  /** Of the database of orders. */
  readonly logger?: PostgresOptions['logger']
}

/** The orders service in this process, listening, with real auth and products beside it, each over a fresh database. */
export class World {
  readonly service: Service
  readonly database: PostgresDatabase
  auth: TestService
  products: TestService
  readonly secret: string
  /** For another process of orders over the same databases. */
  readonly environment: Readonly<Record<string, string>>
  readonly #authEnv: Readonly<Record<string, string>>
  readonly #productsEnv: Readonly<Record<string, string>>
  readonly #drop: () => Promise<unknown>

  private constructor(parts: {
    service: Service
    database: PostgresDatabase
    auth: TestService
    products: TestService
    secret: string
    environment: Readonly<Record<string, string>>
    authEnv: Readonly<Record<string, string>>
    productsEnv: Readonly<Record<string, string>>
    drop: () => Promise<unknown>
  }) {
    this.service = parts.service
    this.database = parts.database
    this.auth = parts.auth
    this.products = parts.products
    this.secret = parts.secret
    this.environment = parts.environment
    this.#authEnv = parts.authEnv
    this.#productsEnv = parts.productsEnv
    this.#drop = parts.drop
  }

  static async create(env: Readonly<Record<string, string>> = {}, neighbours: Neighbours = {}): Promise<World> {
    const [authData, ordersData, productsData] = await Promise.all([
      createPostgresDatabase(),
      createPostgresDatabase(),
      createMongoDatabase(),
    ])
    const secret = randomBytes(32).toString('base64url')
    const { port, release } = await reservePort()
    const ordersUrl = `http://127.0.0.1:${port}`
    const common = { INTERNAL_SECRET: secret, JWT_ISSUER: 'polystore', JWT_AUDIENCE: 'polystore', ORDERS_URL: ordersUrl }
    const authEnv = { ...common, DATABASE_URL: authData.url, KEY_ENCRYPTION_SECRET: secret, ...neighbours.auth }
    const productsEnv = { ...common, MONGO_URL: productsData.url }
    const [auth, products] = await Promise.all([startService('auth', authEnv), startService('products', productsEnv)])
    const environment = {
      ...common,
      DATABASE_URL: ordersData.url,
      AUTH_URL: auth.url,
      PRODUCTS_URL: products.url,
      LOG_LEVEL: 'silent',
      ORDER_GRACE_SECONDS: '1',
      RECOVERY_POLL_MS: '50',
      RECONCILE_INTERVAL_SECONDS: '0',
      RECOVERY_LEASE_SECONDS: '1',
      ...env,
    }
    const config = parseConfig(ordersConfig, environment)
    const { logger } = neighbours
    const database = connectPostgres(config.DATABASE_URL, { ...databaseOptions(config, 'orders-test'), ...(logger && { logger }) })
    await migrateUp({ url: ordersData.url, sources: migrations })
    const service = buildApp(config, database)
    await release()
    await service.listen({ host: '127.0.0.1', port })
    const drop = async () => Promise.all([authData.drop(), ordersData.drop(), productsData.drop()])
    return new World({ service, database, auth, products, secret, environment, authEnv, productsEnv, drop })
  }

  async close(): Promise<void> {
    await this.service.close()
    await Promise.all([this.database.close(), this.auth.stop(), this.products.stop()])
    await this.#drop()
  }

  signed(identity: Identity): Readonly<Record<string, string>> {
    return { [identityHeader]: createIdentitySigner(this.secret)(identity) }
  }

  get staff(): Readonly<Record<string, string>> {
    return this.signed({ kind: 'user', id: randomUUID(), roles: ['staff', 'admin'], tokenId: randomUUID() })
  }

  /** Starts products again on the address it had. */
  async restartProducts(): Promise<void> {
    await this.products.stop()
    this.products = await startService('products', this.#productsEnv, { port: Number(new URL(this.products.url).port) })
  }

  /** Starts auth again, however it ended, on the address it had. */
  async restartAuth(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.auth.stop()
    this.auth = await startService('auth', { ...this.#authEnv, ...env }, { port: Number(new URL(this.auth.url).port) })
  }

  /** Another replica of orders, a process of its own over the same database. */
  async startReplica(env: Readonly<Record<string, string>>): Promise<TestService> {
    return startService('orders', { ...this.environment, ...env })
  }

  /** A registered, active user. */
  async customer(): Promise<Customer> {
    const email = `${randomUUID()}@example.test`
    const body = { email, fullName: 'A Customer', password: `a long password ${randomUUID()}` }
    const answer = await this.ask(this.auth, 'POST', '/auth/register', this.signed({ kind: 'anonymous' }), body)
    const id = String(Object(Object(answer)['user'])['id'])
    const sign = (): Customer['headers'] => this.signed({ kind: 'user', id, roles: ['customer'], tokenId: randomUUID() })
    // Signed anew for each request: a signature is short-lived, and a test may not be.
    return {
      id,
      get headers() {
        return sign()
      },
    }
  }

  async deactivate(userId: string): Promise<void> {
    await this.ask(this.auth, 'POST', `/users/${userId}/deactivate`, this.staff)
  }

  /** A product on sale with this much in stock; answers its SKU. */
  async product({ stock, priceCents = 250, currency = 'GBP' }: { stock: number; priceCents?: number; currency?: string }): Promise<string> {
    const sku = `T${randomBytes(6).toString('hex').toUpperCase()}`
    const product = { name: `Thing ${sku}`, status: 'active', variants: [{ sku, priceCents, currency, initialStock: stock }] }
    await this.ask(this.products, 'POST', '/products/bulk', this.staff, { items: [product] })
    return sku
  }

  async stock(sku: string): Promise<{ available: number; reserved: number; sold: number }> {
    const level = Object(await this.ask(this.products, 'GET', `/stock/${sku}`, this.staff))
    return { available: Number(level['available']), reserved: Number(level['reserved']), sold: Number(level['sold']) }
  }

  async place(customer: Customer, lines: readonly OrderLine[], key: string | undefined = randomUUID()) {
    return this.service.inject({
      method: 'POST',
      url: '/orders',
      headers: { ...customer.headers, 'idempotency-key': key },
      payload: { lines },
    })
  }

  async get(customer: Customer, path: string) {
    return this.service.inject({ method: 'GET', url: path, headers: customer.headers })
  }

  async cancel(customer: Customer, orderId: string) {
    return this.service.inject({ method: 'POST', url: `/orders/${orderId}/cancel`, headers: customer.headers, payload: {} })
  }

  /** Asks a neighbour; an answer that is no success is an error. */
  async ask(
    service: TestService,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: unknown,
  ): Promise<unknown> {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}
