import type { ServerResponse } from 'node:http'
import { Problem, type Identity, type UserIdentity } from '@polystore/service-kit'

interface Stream {
  /** Ends the answer where it stands; its client comes back. */
  finish(): void
}

interface OpenStream {
  readonly stream: Stream
  readonly identity: Identity
  /** By the monotonic clock. */
  readonly openedAtMs: number
}

/** The streams that are open now. Each holds a socket here and one at the service, so a user may have only so many. */
export class OpenStreams {
  readonly #maxPerUser: number
  readonly #byUser = new Map<string, Set<OpenStream>>()
  #isClosed = false

  constructor(maxPerUser: number) {
    this.#maxPerUser = maxPerUser
  }

  /** Whoever is no user is turned away by the service before a stream begins. @throws Problem too-many-streams, service-unavailable */
  admit({ identity, response }: { readonly identity: Identity; readonly response: ServerResponse }, stream: Stream): void {
    if (this.#isClosed) throw new Problem('service-unavailable', { headers: { 'retry-after': '1' } })
    const userId = identity.kind === 'user' ? identity.id : ''
    const own = this.#byUser.get(userId) ?? new Set()
    if (userId !== '' && own.size >= this.#maxPerUser) throw new Problem('too-many-streams', { headers: { 'retry-after': '5' } })
    const open = { stream, identity, openedAtMs: performance.now() }
    this.#byUser.set(userId, own.add(open))
    response.once('close', () => {
      own.delete(open)
      if (own.size === 0) this.#byUser.delete(userId)
    })
  }

  /** Ends those of callers who may not listen any more; whoever still may comes back. */
  endWhere(isOver: (identity: UserIdentity, openedAtMs: number) => boolean): void {
    for (const own of this.#byUser.values()) {
      for (const { stream, identity, openedAtMs } of own) if (identity.kind === 'user' && isOver(identity, openedAtMs)) stream.finish()
    }
  }

  /** Ends all, so that the gateway can close; no more begin. */
  close(): void {
    this.#isClosed = true
    for (const own of this.#byUser.values()) for (const { stream } of own) stream.finish()
  }
}
