import { createService, type Service, type ServiceOptions } from '@polystore/service-kit'
import type { GatewayConfig } from './config.ts'
import { createDependencies, type GatewayTuning } from './gateway-dependencies.ts'
import { addHomeRoutes } from './docs/home-routes.ts'
import { identifyCaller } from './identity/identify-caller.ts'
import { observeRevocations } from './identity/observe-revocations.ts'
import { addProxy } from './proxy/proxy-plugin.ts'
import { queryOf } from './proxy/request-target.ts'
import { describeUpstreams } from './routing/describe-upstreams.ts'
import { addCors } from './security/cors.ts'
import { addFramingGuard, assertCertainFraming } from './security/framing-guard.ts'
import { addSecurityHeaders } from './security/security-headers.ts'

export interface GatewayOptions extends Pick<ServiceOptions, 'logDestination'> {
  readonly tuning?: GatewayTuning
}

const mebibyte = 1_048_576

/** The gateway, not yet listening. Closing it closes its connections to the services. */
export function buildApp(config: GatewayConfig, { logDestination, tuning = {} }: GatewayOptions = {}): Service {
  const dependencies = createDependencies(config, tuning)
  const { groups, streamGroup, streams, probe, limits, descriptions, revocations, sign, upstreamLimits } = dependencies
  const service = createService({
    name: 'gateway',
    metricsAccess: 'staff',
    version: '0.1.0',
    logLevel: config.LOG_LEVEL,
    internalSecret: config.INTERNAL_SECRET,
    trustedProxyHops: config.TRUSTED_PROXY_HOPS,
    keepAliveTimeoutMs: 5_000,
    // Only a net: the exchange with a service has clocks of its own.
    handlerTimeoutMs: upstreamLimits.headersTimeoutMs + 20_000,
    docs: { title: 'Polystore API', document: () => descriptions.describe() },
    health: async () => describeUpstreams({ ...groups, 'orders, streams': streamGroup }),
    identify: (request) => {
      assertCertainFraming(request.raw)
      const { rawHeaders, url = '' } = request.raw
      return identifyCaller(dependencies, { rawHeaders, method: request.method, target: url, query: queryOf(url), address: request.ip })
    },
    ...(logDestination === undefined ? {} : { logDestination }),
  })
  addCors(service, config.CORS_ORIGINS)
  addSecurityHeaders(service)
  addFramingGuard(service)
  addHomeRoutes(service)
  observeRevocations(service, revocations)
  addProxy(service, {
    groups,
    streamGroup,
    streams,
    limits,
    sign,
    headersTimeoutMs: upstreamLimits.headersTimeoutMs,
    maxBodyBytes: tuning.maxBodyBytes ?? mebibyte,
    answersPreflight: config.CORS_ORIGINS.length > 0,
  })
  service.addHook('onReady', async () => {
    probe.start()
    revocations.start(service.log)
  })
  service.addHook('preClose', async () => streams.close())
  service.addHook('onClose', () => dependencies.close())
  return service
}
