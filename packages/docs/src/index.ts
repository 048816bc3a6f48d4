export { expectShown } from './guide.ts'
