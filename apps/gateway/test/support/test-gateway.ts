import { connect } from 'node:net'
import { createIdentityVerifier, type Identity, identityHeader, readConfig, type Service } from '@polystore/service-kit'
import { type Dispatcher, request } from 'undici'
import { onTestFinished } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { gatewayConfig } from '../../src/config.ts'
import type { GatewayTuning } from '../../src/gateway-dependencies.ts'
import { answerKeys, newKey, type TestKey } from './test-tokens.ts'
import { portOf, type SeenRequest, startUpstream, type TestUpstream } from './test-upstream.ts'

export const internalSecret = 'an internal secret of the tests, long enough'

export interface TestGateway {
  readonly url: string
  readonly port: number
  readonly service: Service
  /** The key that auth signs with. */
  readonly key: TestKey
  readonly auth: TestUpstream
  call(path: string, options?: CallOptions): Promise<Answer>
}

export interface CallOptions {
  readonly method?: Dispatcher.HttpMethod
  readonly headers?: Record<string, string | string[]>
  readonly body?: Dispatcher.DispatchOptions['body']
  readonly token?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly text: string
  /** The parsed JSON body, or undefined. */
  readonly json: unknown
}

export interface GatewayOptions {
  readonly auth?: TestUpstream
  readonly products?: readonly (TestUpstream | string)[]
  readonly orders?: readonly (TestUpstream | string)[]
  readonly environment?: Record<string, string>
  readonly tuning?: GatewayTuning
  /** Lines of the log end up here. */
  readonly log?: string[]
}

/** A gateway on a real port; services that a test does not give stand at an address where nothing listens. */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const key = newKey()
  const auth = options.auth ?? (await startUpstream(answerKeys(() => [key])))
  const config = readConfig(gatewayConfig, {
    NODE_ENV: 'test',
    LOG_LEVEL: options.log === undefined ? 'silent' : 'debug',
    PORT: '0',
    INTERNAL_SECRET: internalSecret,
    AUTH_URL: auth.url,
    PRODUCTS_URL: urlsOf(options.products),
    ORDERS_URL: urlsOf(options.orders),
    RATE_LIMIT_PER_MINUTE: '100000',
    ...options.environment,
  })
  const { log } = options
  const service = buildApp(config, {
    ...(options.tuning === undefined ? {} : { tuning: options.tuning }),
    ...(log === undefined ? {} : { logDestination: { write: (line: string) => void log.push(line) } }),
  })
  onTestFinished(() => service.close())
  await service.listen({ host: '127.0.0.1', port: 0 })
  const port = portOf(service.server)
  const url = `http://127.0.0.1:${port}`
  return { url, port, service, key, auth, call: (path, callOptions) => call(url + path, callOptions) }
}

/** The identity that a service was told, verified as a service would. */
export function identityOf(seen: SeenRequest | undefined): Identity | undefined {
  const header = seen?.headers[identityHeader]
  return typeof header === 'string' ? createIdentityVerifier(internalSecret)(header) : undefined
}

/** Sends bytes as they are and gives back all that came until the server closed or `until` was seen. */
export async function sendRaw(port: number, text: string | Buffer, until?: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let received = ''
  return new Promise((resolve) => {
    const finish = (): void => {
      socket.destroy()
      resolve(received)
    }
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (until !== undefined && received.includes(until)) finish()
    })
    socket.on('end', finish).on('error', finish).on('close', finish)
    socket.write(text)
  })
}

/** An address where nothing listens. */
export const deadUrl = 'http://127.0.0.1:1'

async function call(url: string, { token, headers = {}, method = 'GET', body = null }: CallOptions = {}): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await request(url, { method, body, headers: { ...authorization, ...headers } })
  const text = await response.body.text()
  return { status: response.statusCode, headers: response.headers, text, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function urlsOf(upstreams: readonly (TestUpstream | string)[] = [deadUrl]): string {
  return upstreams.map((upstream) => (typeof upstream === 'string' ? upstream : upstream.url)).join(',')
}
