import type { TokenKey, TokenKeys } from '../tokens/token-keys.ts'
import { ensureKeys, type KeyDependencies } from './ensure-keys.ts'
import type { PublishedKey } from './published-key.ts'
import type { SigningKeyRow } from './signing-key-table.ts'

export interface KeyRingOptions {
  /** How old the keys in memory may be, and so how late a replica may follow a rotation. */
  readonly refreshMs: number
}

interface LoadedKeys {
  readonly signingKey: TokenKey
  readonly published: readonly PublishedKey[]
  readonly loadedAtMs: number
}

/** The keys of the database, read again when those in memory are older than `refreshMs`. */
export class KeyRing implements TokenKeys {
  readonly #dependencies: KeyDependencies
  readonly #refreshMs: number
  #loaded: LoadedKeys | undefined
  #loading: Promise<LoadedKeys> | undefined

  constructor(dependencies: KeyDependencies, { refreshMs }: KeyRingOptions) {
    this.#dependencies = dependencies
    this.#refreshMs = refreshMs
  }

  /** @throws UnsealError when KEY_ENCRYPTION_SECRET is not the one the keys were sealed with */
  async signingKey(): Promise<TokenKey> {
    return (await this.#fresh()).signingKey
  }

  /** While the database is away, the last known keys: they verify tokens that are alive. */
  async published(): Promise<readonly PublishedKey[]> {
    const known = this.#loaded
    if (known === undefined) return (await this.#fresh()).published
    const { published } = await this.#fresh().catch(() => known)
    return published
  }

  async #fresh(): Promise<LoadedKeys> {
    if (this.#loaded !== undefined && performance.now() - this.#loaded.loadedAtMs < this.#refreshMs) return this.#loaded
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<LoadedKeys> {
    const loadedAtMs = performance.now()
    const keys = await ensureKeys(this.#dependencies)
    this.#loaded = { signingKey: this.#openCurrent(keys), published: keys.map(toPublishedKey), loadedAtMs }
    return this.#loaded
  }

  #openCurrent(keys: readonly SigningKeyRow[]): TokenKey {
    const current = keys.find((key) => key.state === 'current')
    if (current === undefined) throw new Error('no current signing key')
    return { algorithm: 'EdDSA', id: current.id, key: this.#dependencies.vault.unseal(current.id, current.sealedPrivateKey) }
  }
}

function toPublishedKey({ id, publicKey }: SigningKeyRow): PublishedKey {
  return { ...publicKey, kid: id, alg: 'EdDSA', use: 'sig' }
}
