import type { Service } from '@polystore/service-kit'
import type { RevocationFeed } from './revocation-feed.ts'

/** How far behind auth this gateway may be, for an alarm: above a few seconds a token that was revoked may still be taken. */
export function observeRevocations({ metrics: { meter } }: Pick<Service, 'metrics'>, revocations: RevocationFeed): void {
  meter
    .createObservableGauge('gateway.revocations.age.seconds', { description: 'Time since all revocations were known' })
    .addCallback((result) => {
      if (revocations.ageSeconds !== undefined) result.observe(revocations.ageSeconds)
    })
  meter
    .createObservableGauge('gateway.revocations.known', { description: 'Revoked sessions, users and API keys that are remembered' })
    .addCallback((result) => result.observe(revocations.known.size))
}
