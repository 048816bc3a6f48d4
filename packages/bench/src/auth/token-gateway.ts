import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort, launchService, serviceFile } from '@polystore/dev-stack'

export interface TokenGateway {
  readonly port: number
  readonly pid: number
  /** An access token that nobody has seen yet. */
  newToken(): string
}

const kid = 'bench'
const lifeSeconds = 3_600

/** The gateway in front of something that answers at once, and trusts the keys of this bench. */
export async function startTokenGateway(cleanUp: AsyncDisposableStack): Promise<TokenGateway> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' }]
  const url = await startUpstream(keys, cleanUp)
  const folder = await mkdtemp(path.join(tmpdir(), 'polystore-bench-'))
  cleanUp.defer(async () => rm(folder, { recursive: true, force: true }))
  const port = await freePort(0)
  const gateway = await launchService(
    {
      name: 'gateway',
      file: serviceFile('gateway', 'server.ts'),
      env: { ...process.env, ...environment(url), PORT: String(port) },
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      logFile: path.join(folder, 'gateway.log'),
    },
    AbortSignal.timeout(30_000),
  )
  cleanUp.defer(async () => gateway.stop())
  return {
    port,
    pid: gateway.pid,
    newToken: () => {
      const text = [{ alg: 'EdDSA', typ: 'at+jwt', kid }, claims()].map(encode).join('.')
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`
    },
  }
}

/** Auth with one key and no revocations, and every other service. */
async function startUpstream(keys: readonly unknown[], cleanUp: AsyncDisposableStack): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json')
    if (url.startsWith('/.well-known/')) return response.end(JSON.stringify({ keys }))
    if (url.startsWith('/internal/')) return response.end(JSON.stringify({ items: [], settled: 0, more: false, keepSeconds: 60 }))
    return response.end('{}')
  })
  server.keepAliveTimeout = 72_000
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanUp.defer(() => server.close().closeAllConnections())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

function environment(url: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    INTERNAL_SECRET: randomBytes(32).toString('base64url'),
    AUTH_URL: url,
    PRODUCTS_URL: url,
    ORDERS_URL: url,
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_LOGIN_PER_MINUTE: '1000000',
  }
}

function claims(): object {
  const iat = Math.floor(Date.now() / 1_000)
  const subject = { sub: randomUUID(), jti: randomUUID(), sid: randomUUID(), roles: ['customer'] }
  return { iss: 'polystore', aud: 'polystore', ...subject, iat, exp: iat + lifeSeconds, issued_ms: Date.now() }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
