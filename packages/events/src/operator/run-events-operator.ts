import type { EventConfig } from '../event-config.ts'
import type { EventStore } from '../event-store.ts'
import { describeEventsReport } from './describe-events-report.ts'
import { eventsUsage, readEventsCommand } from './events-command-line.ts'
import { isClean, openQueues, operateEvents } from './operate-events.ts'

export interface EventsOperatorOptions<Tx> {
  /** The name of the service. */
  readonly name: string
  readonly args: readonly string[]
  readonly config: Pick<EventConfig, 'EVENT_TRANSPORT' | 'RABBITMQ_URL'>
  readonly store: EventStore<Tx>
  readonly out: (line: string) => void
}

/** One command of an operator on the events of one service; answers the exit code: 3 when an event waits for a person, 64 when it is no command. */
export async function runEventsOperator<Tx>({ name, args, config, store, out }: EventsOperatorOptions<Tx>): Promise<number> {
  const command = readEventsCommand(args)
  if (command === undefined) {
    out(eventsUsage)
    return 64
  }
  const queues = await openQueues(config, name)
  try {
    const report = await operateEvents(command, { name, store, queues })
    out(command.json ? JSON.stringify(report) : describeEventsReport(report))
    return isClean(report) ? 0 : 3
  } finally {
    await queues?.close()
  }
}
