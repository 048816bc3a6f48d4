import type { MongoDatabase } from '@polystore/db-core/mongo'

/** A transaction of a living process goes on within milliseconds. */
const idleMicros = 1_000_000

/**
 * Ends transactions that a process of this service has left open: it died or stands still, and until the server gives up on them by
 * itself, a minute by default, nobody else can write what they wrote. An owner that goes on after all is told, and tries again.
 */
export async function endOrphanedTransactions(database: MongoDatabase): Promise<void> {
  try {
    const ended = await endIdleTransactions(database)
    if (ended > 0) database.logger.warn({ ended }, 'Transactions of a process that died or stood still were ended')
  } catch (error) {
    // Not every server lets its clients look and end; then it ends them by itself in the end.
    database.logger.warn({ err: error }, 'Idle transactions could not be ended')
  }
}

async function endIdleTransactions(database: MongoDatabase): Promise<number> {
  const pipeline = [
    { $currentOp: { idleSessions: true } },
    { $match: { type: 'idleSession', appName: /^products/u, 'transaction.timeInactiveMicros': { $gt: idleMicros } } },
    { $project: { lsid: 1 } },
  ]
  return database.run(async (options) => {
    const admin = database.driver.admin()
    const { cursor } = await admin.command({ aggregate: 1, pipeline, cursor: {} }, options)
    const sessions: unknown[] = cursor.firstBatch.map(({ lsid }: { lsid: { id: unknown } }) => ({ id: lsid.id }))
    if (sessions.length > 0) await database.driver.command({ killSessions: sessions }, options)
    return sessions.length
  })
}
