import { ConfigError, readConfig } from '@polystore/service-kit'
import { expect, test } from 'vitest'
import { gatewayConfig } from '../src/config.ts'

const complete = {
  INTERNAL_SECRET: 'x'.repeat(32),
  AUTH_URL: 'http://auth:4001',
  PRODUCTS_URL: 'http://products-1:4002/, http://products-2:4002',
  ORDERS_URL: 'http://orders:4003',
}

test('addresses and a secret are enough; the rest has defaults', () => {
  const config = readConfig(gatewayConfig, complete)
  expect(config).toMatchObject({
    PORT: 8080,
    RATE_LIMIT_PER_MINUTE: 600,
    RATE_LIMIT_LOGIN_PER_MINUTE: 30,
    TRUSTED_PROXY_HOPS: 0,
    CORS_ORIGINS: [],
  })
  expect(config.PRODUCTS_URL).toEqual(['http://products-1:4002', 'http://products-2:4002'])
})

test('every fault is named at once, without the secret', () => {
  const faulty = {
    ...complete,
    INTERNAL_SECRET: 'short',
    AUTH_URL: 'auth:4001',
    ORDERS_URL: '',
    TRUSTED_PROXY_HOPS: '-1',
    JWT_HS256_SECRET: 'also-short',
  }
  const read = (): unknown => readConfig(gatewayConfig, faulty)
  expect(read).toThrow(ConfigError)
  for (const name of ['INTERNAL_SECRET', 'AUTH_URL', 'ORDERS_URL', 'TRUSTED_PROXY_HOPS', 'JWT_HS256_SECRET']) expect(read).toThrow(name)
  expect(read).not.toThrow(/also-short/u)
})
