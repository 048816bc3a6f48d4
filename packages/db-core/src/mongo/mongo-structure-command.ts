import { MongoServerError, type Document } from 'mongodb'
import { setTimeout as delay } from 'node:timers/promises'
import { retryDelayMs } from '../repository/retry.ts'
import type { MongoHandle } from './mongo-handle.ts'

/** An index over many documents takes its time; the server reports no progress on the wire. Milliseconds. */
const buildTimeoutMs = 3_600_000
const attempts = 5

/** ConflictingOperationInProgress, BackgroundOperationInProgressForDatabase, ...ForNamespace, IndexBuildAlreadyInProgress */
const busyCodes: ReadonlySet<number> = new Set([117, 12586, 12587, 315])

/**
 * Runs a command that changes a collection or its indexes, such as collMod, with time for a long build; again while the server
 * refuses it because another process builds an index there.
 */
export async function structureCommand({ driver }: Pick<MongoHandle, 'driver'>, command: Document): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    try {
      // The option is the driver's own, and its types leave it out: without it a long build ends at the client's socket timeout.
      const limits = { socketTimeoutMS: buildTimeoutMs, signal: AbortSignal.timeout(buildTimeoutMs) }
      await driver.command({ ...command, maxTimeMS: buildTimeoutMs }, limits)
      return
    } catch (error) {
      if (!(error instanceof MongoServerError) || !busyCodes.has(Number(error.code)) || tried >= attempts) throw error
      await delay(200 + retryDelayMs(tried))
    }
  }
}

/** True for an answer of the server with this code. */
export function isServerError(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code
}
