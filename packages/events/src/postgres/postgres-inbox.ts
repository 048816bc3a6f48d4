import { sql } from 'drizzle-orm'
import type { PostgresDatabase, SqlTransaction } from '@polystore/db-core/sql'
import type { FailedDepth, FailedEvent, Failure, InboxStore } from '../inbox/inbox-store.ts'
import { failedEventTable, inboxTable, soon } from './event-tables.ts'

interface FailedRow extends Record<string, unknown> {
  readonly consumer: string
  readonly event_id: string
  readonly event: unknown
  readonly failures: number
  readonly last_error: string
  readonly parked_at: Date | null
}

const failedColumns = sql.raw('consumer, event_id, event, failures, last_error, parked_at')

export class PostgresInbox implements InboxStore<SqlTransaction> {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  transaction<Result>(work: (tx: SqlTransaction) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(work)
  }

  async admit(consumer: string, eventIds: readonly string[], tx: SqlTransaction): Promise<ReadonlySet<string>> {
    // Sorted, so that two batches that share events wait for each other and never both at once.
    const rows = await tx.execute<{ event_id: string }>(sql`
      insert into ${inboxTable} (consumer, event_id)
      select ${consumer}, event_id from unnest(${sql.param(eventIds.toSorted())}::text[]) as given (event_id)
      on conflict do nothing returning event_id`)
    return new Set(rows.map((row) => row.event_id))
  }

  async fail({ consumer, eventId, event, reason, pauseMs }: Failure): Promise<void> {
    const pause = pauseMs ?? null
    await this.#database.affected(sql`
      insert into ${failedEventTable} as failed (consumer, event_id, event, last_error, next_attempt_at, parked_at)
      values (${consumer}, ${eventId}, ${JSON.stringify(event)}::jsonb, ${reason},
        now() + ${pause}::bigint * interval '1 millisecond', case when ${pause}::bigint is null then now() end)
      on conflict (consumer, event_id) do update set
        failures = failed.failures + 1, last_error = excluded.last_error,
        next_attempt_at = excluded.next_attempt_at, parked_at = excluded.parked_at`)
  }

  async claimFailed({ limit, leaseMs }: { readonly limit: number; readonly leaseMs: number }): Promise<FailedEvent[]> {
    const rows = await this.#database.execute<FailedRow>(sql`
      with due as materialized (
        select consumer, event_id from ${failedEventTable}
        where next_attempt_at <= ${soon} order by next_attempt_at limit ${limit} for update skip locked
      )
      update ${failedEventTable} claimed set next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
      from due where claimed.consumer = due.consumer and claimed.event_id = due.event_id
      returning claimed.consumer, claimed.event_id, event, failures, last_error, parked_at`)
    return rows.map(toFailedEvent)
  }

  async forget(consumer: string, eventId: string, tx: SqlTransaction): Promise<void> {
    await tx.affected(sql`delete from ${failedEventTable} where consumer = ${consumer} and event_id = ${eventId}`)
  }

  async listFailed({ parkedOnly, limit }: { readonly parkedOnly: boolean; readonly limit: number }): Promise<FailedEvent[]> {
    const rows = await this.#database.execute<FailedRow>(sql`
      select ${failedColumns} from ${failedEventTable}
      where parked_at is not null or not ${parkedOnly}::boolean order by failed_at, event_id limit ${limit}`)
    return rows.map(toFailedEvent)
  }

  redrive(eventId?: string): Promise<number> {
    return this.#database.affected(sql`
      update ${failedEventTable} set next_attempt_at = now(), parked_at = null, failures = 0
      where ${eventId ?? null}::text is null or event_id = ${eventId ?? null}::text`)
  }

  async failedDepth(): Promise<FailedDepth> {
    const [row] = await this.#database.execute<{ waiting: number; parked: number }>(sql`
      select count(next_attempt_at)::integer as waiting, count(parked_at)::integer as parked from ${failedEventTable}`)
    return row ?? { waiting: 0, parked: 0 }
  }

  purge({ days, limit }: { readonly days: number; readonly limit: number }): Promise<number> {
    return this.#database.affected(sql`
      delete from ${inboxTable} where ctid in (
        select ctid from ${inboxTable} where applied_at < now() - ${days} * interval '1 day' order by applied_at limit ${limit}
      )`)
  }
}

function toFailedEvent(row: FailedRow): FailedEvent {
  return {
    consumer: row.consumer,
    eventId: row.event_id,
    event: row.event,
    failures: row.failures,
    lastError: row.last_error,
    parkedAt: row.parked_at ?? undefined,
  }
}
