export { defineConsumer, type Consumer } from './inbox/consumer.ts'
export type { FailedEvent, InboxStore } from './inbox/inbox-store.ts'
export type { ClaimedDelivery, ClaimOptions, OutboxDepth, OutboxStore } from './outbox/outbox-store.ts'
export type { AcceptEvents, EventTransport } from './transports/event-transport.ts'
