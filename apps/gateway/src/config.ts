import { commonConfig, configInteger, configList, configPort, configSecret, configUrlList } from '@polystore/service-kit'
import { z } from 'zod'

const services = ['http:', 'https:']

/** All variables of the gateway. */
export const gatewayConfig = z.object({
  ...commonConfig,
  PORT: configPort().default(8080).meta({ description: 'Port to listen on' }),
  AUTH_URL: configUrlList(services).meta({ description: 'Addresses of auth, separated by commas' }),
  PRODUCTS_URL: configUrlList(services).meta({ description: 'Addresses of products, separated by commas' }),
  ORDERS_URL: configUrlList(services).meta({ description: 'Addresses of orders, separated by commas' }),
  JWT_ISSUER: z.string().min(1).max(255).default('polystore').meta({ description: 'Issuer that access tokens must name' }),
  JWT_AUDIENCE: z.string().min(1).max(255).default('polystore').meta({ description: 'Audience that access tokens must name' }),
  JWT_HS256_SECRET: configSecret()
    .optional()
    .meta({ description: 'Accepts HS256 access tokens signed with it, for a deployment with one secret', secret: true }),
  CORS_ORIGINS: configList().default([]).meta({ description: 'Origins that browsers may call from, separated by commas; none by default' }),
  RATE_LIMIT_PER_MINUTE: configInteger({ min: 1, max: 1_000_000 }).default(600).meta({ description: 'Requests per client and minute' }),
  RATE_LIMIT_LOGIN_PER_MINUTE: configInteger({ min: 1, max: 1_000_000 })
    .default(30)
    .meta({ description: 'Logins and registrations per address and minute' }),
  TRUSTED_PROXY_HOPS: configInteger({ min: 0, max: 10 })
    .default(0)
    .meta({ description: 'Proxies in front that add to X-Forwarded-For; 0 takes the address of the socket' }),
})
export type GatewayConfig = Readonly<z.output<typeof gatewayConfig>>
