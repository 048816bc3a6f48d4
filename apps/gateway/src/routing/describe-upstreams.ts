import type { UpstreamGroup } from './upstream-group.ts'

/** The state of every address, for staff at `/health`; the addresses themselves stay inside and are numbered instead. */
export function describeUpstreams(groups: Readonly<Record<string, UpstreamGroup>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(groups).map(([service, group]) => [
      service,
      group.upstreams.map(({ ready, breaker, inFlight }, index) => ({ address: index + 1, ready, breaker: breaker.state, inFlight })),
    ]),
  )
}
