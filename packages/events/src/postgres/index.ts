export { appendEvents } from './append-events.ts'
export { eventTables, failedEventTable, inboxTable, outboxTable } from './event-tables.ts'
export { postgresEvents } from './postgres-events.ts'
