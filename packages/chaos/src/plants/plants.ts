/** A mistake of well-known systems, put into one source file of a running service. */
export interface Plant {
  readonly name: 'naive-increment' | 'id-after-last' | 'hold-twice'
  /** What a reader of the report is told. */
  readonly title: string
  /** How the address of the changed source ends. */
  readonly file: string
  readonly edits: readonly { readonly find: RegExp; readonly put: string }[]
  readonly processes: readonly ('orders' | 'orders-2' | 'products' | 'products-2')[]
  /** The fault that reveals it, by transport. */
  readonly fault: Readonly<Record<'http' | 'rabbitmq', string>>
  /** The question of the oracle that must be answered with no. */
  readonly seenAs: string
}

export const plants: readonly Plant[] = [
  {
    name: 'naive-increment',
    title: 'a consumer that sells what is held without asking whether it has',
    file: 'apps/products/src/holds/decide-sale.ts',
    edits: [{ find: /if \(hold\.state === 'HELD'\)/u, put: 'if (true)' }],
    processes: ['products', 'products-2'],
    fault: { http: 'F4f', rabbitmq: 'F4f' },
    seenAs: 'no event failed at its consumer',
  },
  {
    name: 'id-after-last',
    title: 'a relay that reads its outbox by id > last',
    file: 'packages/events/src/postgres/postgres-outbox.ts',
    edits: [
      {
        find: /const lease = randomUUID\(\)/u,
        put: 'const lease = randomUUID(); this.last ??= new Map(); const last = this.last.get(subscriber) ?? 0',
      },
      {
        find: /where subscriber = \$\{subscriber\} and next_attempt_at <= \$\{soon\}/u,
        put: 'where subscriber = ${subscriber} and id > ${last} and next_attempt_at <= ${soon}',
      },
      {
        find: /return \{ lease, deliveries/u,
        put: 'for (const row of rows) this.last.set(subscriber, Math.max(last, Number(row.id))); return { lease, deliveries',
      },
    ],
    processes: ['orders', 'orders-2'],
    fault: { http: 'F21', rabbitmq: 'F21' },
    seenAs: 'every outbox is drained',
  },
  {
    name: 'hold-twice',
    title: 'a hold that is taken again when it is asked for again',
    file: 'apps/products/src/holds/decide-holds.ts',
    edits: [{ find: /if \(stored !== undefined\) return \{ hold: stored \}/u, put: 'void stored' }],
    processes: ['products', 'products-2'],
    fault: { http: 'F11', rabbitmq: 'F11' },
    seenAs: 'reserved = lines of HELD holds',
  },
]
