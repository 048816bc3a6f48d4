import type { SqlStatement } from '@polystore/db-core/sql'
import type { Move } from './order-mover.ts'
import { asOneRow } from './as-one-row.ts'

/**
 * Rows are changed in the order of their ids, so that two groups over the same orders rarely wait for each other (a deadlock is tried again);
 * who waited sees the order as it was left. A row of another table depends on that of the order: it is written after the order was.
 */
const text = `
with input as materialized (
  select * from json_to_recordset($1::json) as given(id uuid, version int, from_status text, to_status text, steps json, actor text,
    work_in float8, total_cents bigint, currency text, rejection jsonb, lines json,
    body_start text, refusal jsonb, deliveries json)
  where ${asOneRow('version')}
  order by id
),
moved as (
  update orders set
    status = input.to_status, version = orders.version + 1, updated_at = date_trunc('milliseconds', now()),
    next_run_at = now() + make_interval(secs => input.work_in),
    lease_until = null, attempts = 0, last_error = null,
    total_cents = coalesce(input.total_cents, orders.total_cents),
    currency = coalesce(input.currency, orders.currency),
    rejection = coalesce(input.rejection, orders.rejection)
  from input
  where orders.id = input.id and orders.status = input.from_status and orders.version = input.version
  returning input.*, orders.cart_id, orders.cart_version,
    to_char(orders.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as moved_at
),
noted as (
  insert into order_history (order_id, from_status, to_status, actor, reason)
  select moved.id, step.from_status, step.to_status, moved.actor, step.reason
  from moved, rows from (json_to_recordset(moved.steps) as (from_status text, to_status text, reason text)) with ordinality
    as step(from_status, to_status, reason, number)
  order by moved.id, step.number
),
priced as (
  update order_lines set name = line.name, unit_price_cents = line."unitPriceCents"
  from moved, json_to_recordset(moved.lines) as line(sku text, name text, "unitPriceCents" bigint)
  where order_lines.order_id = moved.id and order_lines.sku = line.sku
),
answered as (
  update idempotency_keys set body = moved.body_start || moved.moved_at || '"}', refusal = moved.refusal
  from moved
  where (moved.body_start is not null or moved.refusal is not null)
    and idempotency_keys.order_id = moved.id and idempotency_keys.body is null and idempotency_keys.refusal is null
),
told as (
  insert into outbox (subscriber, event_id, type, subject, sequence, data, traceparent)
  select delivery.subscriber, delivery."eventId", delivery.type, delivery.subject, delivery.sequence, delivery.data, delivery.traceparent
  from moved, json_to_recordset(moved.deliveries)
    as delivery(subscriber text, "eventId" uuid, type text, subject text, sequence int, data jsonb, traceparent text)
),
emptied as (
  delete from carts using moved
  where moved.to_status = 'CONFIRMED' and carts.id = moved.cart_id and carts.version = moved.cart_version
)
select id, version, moved_at from moved`

/** Moves orders; answers of those that were moved the id, the version before, and when. No version of an order stands in it twice. */
export function moveStatement(moves: readonly Move[]): SqlStatement {
  return { text, values: [JSON.stringify(moves.map(toInput))] }
}

function toInput({ order, through, actor, workIn, prices, rejection, answer, deliveries }: Move): Record<string, unknown> {
  return {
    id: order.id,
    version: order.version,
    from_status: order.status,
    to_status: through.at(-1)?.to,
    steps: through.map(({ to, reason }, index) => ({ from_status: through[index - 1]?.to ?? order.status, to_status: to, reason })),
    actor,
    work_in: typeof workIn === 'number' ? workIn : undefined,
    total_cents: prices?.totalCents,
    currency: prices?.currency,
    rejection,
    lines: prices?.lines,
    body_start: answer !== undefined && 'bodyStart' in answer ? answer.bodyStart : undefined,
    refusal: answer !== undefined && 'refusal' in answer ? answer.refusal : undefined,
    deliveries: deliveries === undefined || deliveries.length === 0 ? undefined : deliveries,
  }
}
