/** Everything that is written to the audit log. */
export const auditTypes = [
  'user.registered',
  'user.created',
  'user.updated',
  'user.activated',
  'user.deactivated',
  'user.deleted',
  'user.restored',
  'user.roles-changed',
  'email.verification-sent',
  'email.verified',
  'password.changed',
  'password.reset-requested',
  'password.reset',
  'login.succeeded',
  'login.failed',
  'login.throttled',
  'session.refreshed',
  'session.ended',
  'session.all-ended',
  'session.reuse-detected',
  'api-key.created',
  'api-key.revoked',
] as const
export type AuditType = (typeof auditTypes)[number]

/** Where a request came from. */
export interface Origin {
  /** Of the client, as the gateway saw it; null for work of no client. */
  readonly address: string | null
  readonly userAgent: string | null
}

export interface AuditEvent {
  readonly type: AuditType
  /** Whose account it is about; null where no account is known. */
  readonly userId: string | null
  /** Who did it: a user's id, or `system`; null for an unknown caller. */
  readonly actor: string | null
  readonly origin: Origin
  /** What else is worth knowing; never a secret, a password or a token. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>
}
