import { deserialize, serialize } from 'node:v8'
import { z } from 'zod'

/** A value as Redis holds it. */
export interface StoredEntry {
  readonly versions: readonly string[]
  /** By the clock of the process that stored it, in milliseconds. */
  readonly storedAt: number
  readonly value: unknown
}

const storedEntry = z.object({ versions: z.array(z.string()), storedAt: z.number(), value: z.unknown() })

/** In the format of structured clones, in which dates, bigints and bytes stay what they are. */
export function encodeEntry(entry: StoredEntry): Buffer {
  return serialize(entry)
}

/** Undefined for what is missing, and for bytes that are no entry. */
export function decodeEntry(bytes: Buffer | null | undefined): StoredEntry | undefined {
  if (!bytes) return undefined
  try {
    return storedEntry.parse(deserialize(bytes))
  } catch {
    return undefined
  }
}
