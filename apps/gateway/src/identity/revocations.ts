import type { Revocation, RevokedKind } from '@polystore/contracts'
import type { UserIdentity } from '@polystore/service-kit'

interface Ended {
  /** By the clock of auth, as the times in tokens are. */
  readonly atMs: number
  /** When this gateway learnt of it, by its own monotonic clock. */
  readonly knownAtMs: number
  readonly forgetAtMs: number
}

const sweepEveryMs = 60_000

/** What is revoked now: sessions and API keys for good, users' tokens up to a time. Kept as long as auth says. */
export class Revocations {
  readonly #ended: Readonly<Record<RevokedKind, Map<string, Ended>>> = { session: new Map(), user: new Map(), 'api-key': new Map() }
  readonly #now: () => number
  #sweptAtMs: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#sweptAtMs = now()
  }

  get size(): number {
    return Object.values(this.#ended).reduce((size, ended) => size + ended.size, 0)
  }

  /** Takes in what auth tells, which may have been told before. */
  apply(items: readonly Revocation[], keepSeconds: number): void {
    for (const item of items) this.#add(item, keepSeconds * 1_000)
    this.#sweep()
  }

  /** Whether an access token that was issued at this time, by the clock of auth, may not be trusted any more. */
  revokesToken({ id, sessionId }: UserIdentity, issuedAtMs: number): boolean {
    if (sessionId !== undefined && this.#ended.session.has(sessionId)) return true
    const user = this.#ended.user.get(id)
    return user !== undefined && issuedAtMs <= user.atMs
  }

  /** Whether what was allowed to this caller at a time of this gateway's monotonic clock is to be judged anew. */
  endedSince({ id, sessionId, apiKeyId }: UserIdentity, sinceMs: number): boolean {
    if (sessionId !== undefined && this.#ended.session.has(sessionId)) return true
    if (apiKeyId !== undefined && this.#ended['api-key'].has(apiKeyId)) return true
    const user = this.#ended.user.get(id)
    return user !== undefined && sinceMs <= user.knownAtMs
  }

  #add({ kind, subject, at }: Revocation, keepMs: number): void {
    const ended = this.#ended[kind]
    const atMs = Date.parse(at)
    if ((ended.get(subject)?.atMs ?? -Infinity) >= atMs) return
    const knownAtMs = this.#now()
    ended.set(subject, { atMs, knownAtMs, forgetAtMs: knownAtMs + keepMs })
  }

  #sweep(): void {
    const nowMs = this.#now()
    if (nowMs - this.#sweptAtMs < sweepEveryMs) return
    this.#sweptAtMs = nowMs
    for (const ended of Object.values(this.#ended)) {
      for (const [subject, { forgetAtMs }] of ended) if (forgetAtMs <= nowMs) ended.delete(subject)
    }
  }
}
