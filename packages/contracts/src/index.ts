export * from './holds.ts'
export * from './users.ts'
export * from './events.ts'
