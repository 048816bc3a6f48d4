import type { SqlStatement } from '@polystore/db-core/sql'
import type { Move } from './order-move.ts'
import { asOneRow } from './as-one-row.ts'

/**
 * Rows are changed in the order of their ids, so that two groups over the same orders rarely wait for each other (a deadlock is tried again);
 * who waited sees the order as it was left. A row of another table depends on that of the order: it is written after the order was.
 * What an order has several of comes as arrays, one for each column: reading a set of rows for each order costs more than writing them.
 */
const text = `
with input as materialized (
  select * from json_to_recordset($1::json) as given(id uuid, version int, from_status text, to_status text,
    step_from text[], step_to text[], step_reasons text[], actor text,
    work_in float8, total_cents bigint, currency text, rejection jsonb,
    skus text[], names text[], prices bigint[], body_start text, refusal jsonb,
    subscribers text[], event_ids uuid[], event_types text[], subjects text[], sequences int[], events jsonb[], traceparents text[])
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
  select id, unnest(step_from), unnest(step_to), actor, unnest(step_reasons) from moved
),
priced as (
  update order_lines set
    name = moved.names[array_position(moved.skus, order_lines.sku)],
    unit_price_cents = moved.prices[array_position(moved.skus, order_lines.sku)]
  from moved
  where order_lines.order_id = moved.id and order_lines.sku = any(moved.skus)
),
answered as (
  update idempotency_keys set body = moved.body_start || moved.moved_at || '"}', refusal = moved.refusal
  from moved
  where (moved.body_start is not null or moved.refusal is not null)
    and idempotency_keys.order_id = moved.id and idempotency_keys.body is null and idempotency_keys.refusal is null
),
told as (
  insert into outbox (subscriber, event_id, type, subject, sequence, data, traceparent)
  select unnest(subscribers), unnest(event_ids), unnest(event_types), unnest(subjects), unnest(sequences), unnest(events), unnest(traceparents)
  from moved
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

function toInput({ order, through, actor, workIn, prices, rejection, answer, deliveries = [] }: Move): Record<string, unknown> {
  return {
    id: order.id,
    version: order.version,
    from_status: order.status,
    to_status: through.at(-1)?.to,
    step_from: through.map((_, index) => through[index - 1]?.to ?? order.status),
    step_to: through.map(({ to }) => to),
    step_reasons: through.map(({ reason }) => reason),
    actor,
    work_in: typeof workIn === 'number' ? workIn : undefined,
    total_cents: prices?.totalCents,
    currency: prices?.currency,
    rejection,
    skus: prices?.lines.map(({ sku }) => sku),
    names: prices?.lines.map(({ name }) => name),
    prices: prices?.lines.map(({ unitPriceCents }) => unitPriceCents),
    body_start: answer !== undefined && 'bodyStart' in answer ? answer.bodyStart : undefined,
    refusal: answer !== undefined && 'refusal' in answer ? answer.refusal : undefined,
    subscribers: deliveries.map(({ subscriber }) => subscriber),
    event_ids: deliveries.map(({ eventId }) => eventId),
    event_types: deliveries.map(({ type }) => type),
    subjects: deliveries.map(({ subject }) => subject),
    sequences: deliveries.map(({ sequence }) => sequence),
    events: deliveries.map(({ data }) => data),
    traceparents: deliveries.map(({ traceparent }) => traceparent),
  }
}
