import { createIdentitySigner, identityHeader, type IdentitySigner } from '@polystore/service-kit'
import type { GatewayConfig } from './config.ts'
import { ApiDescriptions } from './docs/api-descriptions.ts'
import type { KeySetOptions } from './identity/key-set.ts'
import { ApiKeyVerifier } from './identity/api-key-verifier.ts'
import { RevocationFeed } from './identity/revocation-feed.ts'
import { TokenVerifier } from './identity/token-verifier.ts'
import { OpenStreams } from './limits/open-streams.ts'
import { RateLimits } from './limits/rate-limits.ts'
import { fetchJson, type FetchJsonOptions } from './routing/fetch-json.ts'
import { ReadinessProbe } from './routing/readiness-probe.ts'
import type { ServiceName } from './routing/route-table.ts'
import { defaultUpstreamLimits, maxStreamsPerUser, streamLimits, type UpstreamLimits } from './routing/upstream-limits.ts'
import { UpstreamGroup } from './routing/upstream-group.ts'

/** Times and sizes that have one right value in service and others in tests. */
export interface GatewayTuning {
  readonly upstream?: Partial<UpstreamLimits>
  /** Of addresses as they are used for streams. */
  readonly stream?: Partial<UpstreamLimits>
  readonly maxStreamsPerUser?: number
  readonly keySet?: Partial<KeySetOptions>
  readonly revocations?: { readonly pollMs: number }
  /** 1 MiB unless said otherwise. */
  readonly maxBodyBytes?: number
}

export interface GatewayDependencies {
  readonly groups: Readonly<Record<ServiceName, UpstreamGroup>>
  readonly streamGroup: UpstreamGroup
  readonly streams: OpenStreams
  readonly probe: ReadinessProbe
  readonly tokens: TokenVerifier
  readonly apiKeys: ApiKeyVerifier
  readonly revocations: RevocationFeed
  readonly limits: RateLimits
  readonly descriptions: ApiDescriptions
  readonly sign: IdentitySigner
  readonly upstreamLimits: UpstreamLimits
  close(): Promise<void>
}

/** Everything the gateway holds between requests; opens no socket by itself. */
export function createDependencies(config: GatewayConfig, tuning: GatewayTuning): GatewayDependencies {
  const upstreamLimits = { ...defaultUpstreamLimits, ...tuning.upstream }
  const group = (service: ServiceName, urls: readonly string[]) => new UpstreamGroup({ service, urls, limits: upstreamLimits })
  const groups = {
    auth: group('auth', config.AUTH_URL),
    products: group('products', config.PRODUCTS_URL),
    orders: group('orders', config.ORDERS_URL),
  }
  const limits = { ...upstreamLimits, ...streamLimits, ...tuning.stream }
  const streamGroup = new UpstreamGroup({ service: 'orders', urls: config.ORDERS_URL, limits })
  const all = [...Object.values(groups), streamGroup]
  const streams = new OpenStreams(tuning.maxStreamsPerUser ?? maxStreamsPerUser)
  const sign = createIdentitySigner(config.INTERNAL_SECRET)
  const askAuth = askerOf(groups.auth, sign)
  const revocations = new RevocationFeed({
    fetchPage: (after) => askAuth({ path: `/internal/revocations?after=${after}`, timeoutMs: 1_000, maxBytes: 1_048_576 }),
    onRead: () => streams.endWhere((identity, openedAtMs) => revocations.known.endedSince(identity, openedAtMs)),
    ...tuning.revocations,
  })
  const probe = new ReadinessProbe(all, upstreamLimits)
  return {
    groups,
    streamGroup,
    streams,
    probe,
    revocations,
    tokens: createTokenVerifier({ config, tuning, auth: groups.auth, revocations }),
    apiKeys: new ApiKeyVerifier({
      revocations,
      ask: (key) => askAuth({ path: '/internal/api-keys/verify', timeoutMs: 2_000, maxBytes: 65_536, body: { key } }),
    }),
    limits: new RateLimits({ perMinute: config.RATE_LIMIT_PER_MINUTE, loginPerMinute: config.RATE_LIMIT_LOGIN_PER_MINUTE }),
    descriptions: new ApiDescriptions({ groups: Object.values(groups), title: 'Polystore', version: 'v1' }),
    sign,
    upstreamLimits,
    async close() {
      probe.stop()
      await revocations.stop()
      await Promise.all(all.map((each) => each.close()))
    },
  }
}

interface TokenVerifierParts {
  readonly config: GatewayConfig
  readonly tuning: GatewayTuning
  readonly auth: UpstreamGroup
  readonly revocations: RevocationFeed
}

function createTokenVerifier({ config, tuning, auth, revocations }: TokenVerifierParts): TokenVerifier {
  return new TokenVerifier({
    rules: { issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE },
    sharedSecret: config.JWT_HS256_SECRET,
    fetchKeys: () => fetchJson(auth, { path: '/.well-known/jwks.json', timeoutMs: 2_000, maxBytes: 65_536 }),
    revocations,
    ...(tuning.keySet === undefined ? {} : { keySet: tuning.keySet }),
  })
}

/** Asks auth what only services may ask. */
function askerOf(auth: UpstreamGroup, sign: IdentitySigner): (options: FetchJsonOptions) => Promise<unknown> {
  return (options) => fetchJson(auth, { ...options, headers: { [identityHeader]: sign({ kind: 'service', name: 'gateway' }) } })
}
