import { schemaReadiness } from '@polystore/db-core/readiness'
import { outboxHealth, startEvents, type EventCrashPoint } from '@polystore/events'
import { postgresEvents } from '@polystore/events/postgres'
import { createCrash, createService, type Service, type ServiceOptions } from '@polystore/service-kit'
import { apiKeyRoutes } from './api-keys/api-key-routes.ts'
import { auditRoutes } from './audit/audit-routes.ts'
import { mailSettings, type AuthConfig } from './config.ts'
import { assertReady, type Dependencies } from './dependencies.ts'
import { startHousekeeping, type Purge } from './housekeeping.ts'
import { keyRoutes } from './keys/key-routes.ts'
import { linkPageRoutes } from './links/link-page-routes.ts'
import { linkRoutes } from './links/link-routes.ts'
import type { MailRepository } from './mail/mail-repository.ts'
import { mailboxRoutes } from './mail/mailbox-routes.ts'
import { startMail } from './mail/start-mail.ts'
import { migrations } from './migrations.ts'
import { passwordRoutes } from './passwords/password-routes.ts'
import { ownSessionRoutes } from './sessions/own-session-routes.ts'
import { revocationRoutes } from './revocations/revocation-routes.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { createAccessTokens } from './tokens/access-tokens.ts'
import { UserOutbox } from './users/user-events.ts'
import { userRoutes } from './users/user-routes.ts'

/** The auth service over an open database, not yet listening. */
export async function buildApp(
  config: AuthConfig,
  dependencies: Dependencies,
  options: Pick<ServiceOptions, 'logDestination'> = {},
): Promise<Service> {
  const { database } = dependencies
  const store = postgresEvents(database, 'auth')
  const service = createService({
    ...options,
    name: 'auth',
    version: '0.1.0',
    logLevel: config.LOG_LEVEL,
    internalSecret: config.INTERNAL_SECRET,
    // The gateway alone may call, and says who its client is.
    trustedProxyHops: 1,
    ready: () => assertReady(dependencies),
    schema: schemaReadiness({ database, migrations }),
    health: async () => ({ postgres: await database.health(), outbox: await outboxHealth(store.outbox) }),
    docs: { title: 'Polystore auth', description: 'Who you are: users and access tokens.' },
  })
  const events = startEvents({
    service,
    name: 'auth',
    config,
    store,
    publishes: ['user.registered', 'user.activated', 'user.deactivated', 'user.updated', 'user.deleted', 'user.password_changed'],
    subscriberUrls: { orders: config.ORDERS_URL },
    crash: createCrash<EventCrashPoint>(config.CRASH_FILE),
  })
  const userEvents = new UserOutbox(database, () => events.wake())
  const accessTokens = await createAccessTokens(service, dependencies.tokenKeys, {
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
  })
  const mails = startMail({ ...dependencies, service, settings: mailSettings(config), linkUrl: config.MAIL_LINK_URL })
  const onDamagedHash = (userId: string): void => service.log.error({ userId }, 'the stored password hash is damaged')

  sessionRoutes(service, { ...dependencies, userEvents, accessTokens, mails, onDamagedHash })
  ownSessionRoutes(service, { ...dependencies, accessTokens })
  passwordRoutes(service, { ...dependencies, userEvents, mails })
  linkRoutes(service, { ...dependencies, userEvents, mails })
  linkPageRoutes(service)
  if (config.MAIL_FOLDER !== undefined && config.NODE_ENV !== 'production') mailboxRoutes(service, config.MAIL_FOLDER)
  userRoutes(service, { ...dependencies, userEvents, mails })
  keyRoutes(service, dependencies)
  auditRoutes(service, dependencies)
  apiKeyRoutes(service, dependencies)
  revocationRoutes(service, dependencies)
  startHousekeeping(service, purgesOf(dependencies, mails))
  return service
}

function purgesOf(dependencies: Dependencies, mails: MailRepository): readonly Purge[] {
  const { revocations, keepRevocationsSeconds, apiKeys, sessions, refreshTokens, throttles, links } = dependencies
  return [
    (limit) => revocations.purge(keepRevocationsSeconds, limit),
    (limit) => apiKeys.purgeEnded(limit),
    (limit) => sessions.purgeOver(limit),
    (limit) => refreshTokens.purgeExpired(limit),
    (limit) => throttles.purge(limit),
    (limit) => links.purge(limit),
    (limit) => mails.purge(limit),
  ]
}
