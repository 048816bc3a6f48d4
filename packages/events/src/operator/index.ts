export { runEventsOperator, type EventsOperatorOptions } from './run-events-operator.ts'
