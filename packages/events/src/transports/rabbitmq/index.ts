export { RabbitmqQueues, type DeadMessage, type QueueDepths, type RedriveSelection } from './rabbitmq-queues.ts'
export { rabbitmqTransport, type RabbitmqTransportOptions } from './rabbitmq-transport.ts'
