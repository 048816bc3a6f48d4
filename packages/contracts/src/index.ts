export * from './holds.ts'
export * from './users.ts'
