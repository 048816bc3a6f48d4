export { appendEvents, deliveriesOf } from './append-events.ts'
export { eventCollections, failedEventCollection, inboxCollection, outboxCollection, type OutboxDocument } from './event-collections.ts'
export { mongoEvents } from './mongo-events.ts'
