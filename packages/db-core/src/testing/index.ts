export { describeRepository } from './describe-repository.ts'
export type * from './entities.ts'
export { transactionOf } from './harness.ts'
export type * from './harness.ts'
