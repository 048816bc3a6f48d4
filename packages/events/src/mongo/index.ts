export { eventCollections, failedEventCollection, inboxCollection, outboxCollection } from './event-collections.ts'
