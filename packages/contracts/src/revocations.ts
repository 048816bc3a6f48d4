import { z } from 'zod'

export const revokedKind = z.enum(['session', 'user', 'api-key'])
export type RevokedKind = z.infer<typeof revokedKind>

/** What must not be trusted any more although it was signed. `subject` is the id of the session, the user or the API key. */
export const revocation = z.strictObject({
  id: z.int().nonnegative(),
  kind: revokedKind,
  subject: z.string().min(1).max(200),
  /** Of a user, tokens issued until then are revoked. */
  at: z.iso.datetime(),
})
export type Revocation = z.infer<typeof revocation>

/** The most that one page holds. */
export const maxRevocationsPerPage = 1_000

/**
 * GET /internal/revocations?after=id at auth: what was revoked after that id, by id. Ids commit in another order than they are
 * given, so the next round asks after `settled`, below which nothing is still to come, and meets some revocations again.
 */
export const revocationPage = z.strictObject({
  items: z.array(revocation).max(maxRevocationsPerPage),
  settled: z.int().nonnegative(),
  /** True when the next page, after the last id of this one, is to be asked for at once. */
  more: z.boolean(),
  /** For so long after its `at` a revocation has to be known: the longest life of what it revokes. */
  keepSeconds: z.int().positive(),
})
export type RevocationPage = z.infer<typeof revocationPage>
