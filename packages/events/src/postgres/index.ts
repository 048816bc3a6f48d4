export { eventTables, failedEventTable, inboxTable, outboxTable } from './event-tables.ts'
