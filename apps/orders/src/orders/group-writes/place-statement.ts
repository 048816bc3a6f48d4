import type { SqlStatement } from '@polystore/db-core/sql'
import { asOneRow } from './as-one-row.ts'
import type { NewOrder } from './new-order.ts'

/**
 * Keys are claimed in one order everywhere, so that two replicas that place the same keys cannot wait for each other. What a row is
 * made of comes from the row that it depends on: a history entry gets its number after the order was written.
 */
const text = `
with input as materialized (
  select given.*, known_users.active
  from json_to_recordset($1::json) as given(number int, id uuid, user_id uuid, key text, fingerprint text, skus text[],
    quantities int[], cart_id uuid, cart_version int)
  left join known_users on known_users.id = given.user_id
  where ${asOneRow('number')}
),
claimed as (
  insert into idempotency_keys (user_id, key, fingerprint, order_id)
  select user_id, key, fingerprint, id from input where active order by user_id, key
  on conflict (user_id, key) do nothing
  returning order_id
),
placed as (
  insert into orders (id, user_id, status, next_run_at, expires_at, cart_id, cart_version)
  select id, user_id, 'PENDING', now() + make_interval(secs => $2), now() + make_interval(secs => $3), cart_id, cart_version
  from input join claimed on claimed.order_id = input.id
  returning id, user_id, cart_id, created_at
),
lined as (
  insert into order_lines (order_id, line_number, sku, quantity)
  select input.id, generate_subscripts(input.skus, 1), unnest(input.skus), unnest(input.quantities)
  from placed join input on input.id = placed.id
),
noted as (
  insert into order_history (order_id, to_status, actor, reason)
  select id, 'PENDING', 'user:' || user_id, case when cart_id is null then 'placed' else 'cart checked out' end from placed
)
select input.id, input.active, to_char(placed.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
from input left join placed on placed.id = input.id`

interface Delays {
  readonly graceSeconds: number
  readonly expirySeconds: number
}

/** Places orders; answers for each its id, whether its user is active (null: not known), and when it was placed, if it was. */
export function placeStatement(orders: readonly NewOrder[], { graceSeconds, expirySeconds }: Delays): SqlStatement {
  const given = orders.map(({ id, userId, idempotencyKey, fingerprint, lines, cart }, number) => ({
    number,
    id,
    user_id: userId,
    key: idempotencyKey,
    fingerprint,
    skus: lines.map(({ sku }) => sku),
    quantities: lines.map(({ quantity }) => quantity),
    cart_id: cart?.id,
    cart_version: cart?.version,
  }))
  return { text, values: [JSON.stringify(given), String(graceSeconds), String(expirySeconds)] }
}
