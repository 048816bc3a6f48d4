import { RepositoryError } from '../errors/repository-error.ts'
import { maskText } from './mask-text.ts'
import { isSecretName, mask } from './secret-names.ts'
import { maskUrl } from './mask-url.ts'

const maxDepth = 10
const maxValues = 10_000

/**
 * A copy of `value` that may be logged: secrets in texts, under secret names, in errors and their causes, arrays, maps and sets are
 * hidden; what lies too deep or leads back to itself is named instead of shown. Never throws, never changes `value`.
 */
export function maskSecrets(value: string): string
export function maskSecrets(value: unknown): unknown
export function maskSecrets(value: unknown): unknown {
  return safely(() => new Walk().copy(value, 0))
}

class Walk {
  readonly #path = new Set<object>()
  #values = 0

  copy(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return maskText(value)
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`
    if (typeof value !== 'object' || value === null) return value
    this.#values += 1
    if (depth >= maxDepth || this.#values > maxValues) return '[too deep]'
    if (this.#path.has(value)) return '[circular]'
    this.#path.add(value)
    try {
      return this.#copyObject(value, depth + 1)
    } finally {
      this.#path.delete(value)
    }
  }

  #copyObject(value: object, depth: number): unknown {
    if (value instanceof Date) return new Date(value)
    if (value instanceof URL) return maskUrl(value.href)
    if (value instanceof URLSearchParams) return maskText(`?${value.toString()}`).slice(1)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[binary]'
    if (value instanceof Error) return this.#copyError(value, depth)
    if (Array.isArray(value)) return Array.from(value, (item: unknown) => this.#part(() => item, depth))
    if (value instanceof Map)
      return new Map(Array.from(value, ([key, item]) => [this.copy(key, depth), this.#named(key, () => item, depth)]))
    if (value instanceof Set) return new Set(Array.from(value, (item) => this.copy(item, depth)))
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.copy(value.toJSON(), depth)
    return this.#copyProperties(value, depth)
  }

  #copyProperties(value: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      define(
        copy,
        safeKey(key),
        this.#named(key, () => Reflect.get(value, key), depth),
        true,
      )
    }
    return copy
  }

  /** Stays an instance of its class, so that a logger still treats it as an error. */
  #copyError(error: Error, depth: number): Error {
    const copy: Error = Object.create(Object.getPrototypeOf(error))
    for (const key of ['name', 'message', 'stack', 'cause', 'errors']) {
      if (key in error)
        define(
          copy,
          key,
          this.#part(
            () => (key === 'cause' && error instanceof RepositoryError ? nameAndCode(error.cause) : Reflect.get(error, key)),
            depth,
          ),
          false,
        )
    }
    for (const key of Object.keys(error)) {
      define(
        copy,
        safeKey(key),
        this.#named(key, () => Reflect.get(error, key), depth),
        true,
      )
    }
    return copy
  }

  #named(key: unknown, read: () => unknown, depth: number): unknown {
    if (typeof key !== 'string' || !isSecretName(key)) return this.#part(read, depth)
    const value = safely(read)
    return value === null || value === undefined || typeof value === 'boolean' ? value : mask
  }

  #part(read: () => unknown, depth: number): unknown {
    return safely(() => this.copy(read(), depth))
  }
}

/** A driver's error quotes values in its message and beside it; its name and code hold none. */
function nameAndCode(cause: unknown): unknown {
  if (typeof cause !== 'object' || cause === null) return mask
  const name: unknown = Reflect.get(cause, 'name')
  return { name, code: Reflect.get(cause, 'code') }
}

function safeKey(key: string): string {
  return maskText(key)
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true })
}

/** A getter or a proxy may throw, even out of memory; then nothing is shown. */
function safely(work: () => unknown): unknown {
  try {
    return work()
  } catch {
    return mask
  }
}
