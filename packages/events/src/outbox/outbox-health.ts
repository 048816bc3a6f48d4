import type { OutboxDepth, OutboxStore } from './outbox-store.ts'

type OutboxHealth = { readonly ok: true; readonly waiting: Readonly<Record<string, OutboxDepth>> } | { readonly ok: false }

/** What waits by subscriber, for `/health`: also said while the database does not answer or has no outbox yet. */
export async function outboxHealth(outbox: OutboxStore): Promise<OutboxHealth> {
  try {
    return { ok: true, waiting: Object.fromEntries(await outbox.depth()) }
  } catch {
    return { ok: false }
  }
}
