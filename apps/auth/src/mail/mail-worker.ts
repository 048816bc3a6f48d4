import { Worker, type Pause, type Service } from '@polystore/service-kit'
import type { MailRepository } from './mail-repository.ts'
import type { MailRow } from './mail-table.ts'

export interface MailWorkerOptions {
  readonly mails: Pick<MailRepository, 'claim' | 'delete'>
  readonly deliver: (mail: MailRow, signal: AbortSignal) => Promise<void>
  readonly log: Pick<Service['log'], 'warn' | 'error'>
  /** False while the service may not work with its database. */
  readonly mayWork: () => boolean
}

const batch = 5
const mostAttempts = 8
const pollMs = 5_000
/** Shorter than the shortest pause between two tries. */
const sendTimeoutMs = 20_000

/** Sends what waits, on any replica; what fails is tried again later and given up after the last try. */
export function createMailWorker({ mails, deliver, log, mayWork }: MailWorkerOptions): Worker {
  const deliverOne = async (mail: MailRow): Promise<void> => {
    try {
      await deliver(mail, AbortSignal.timeout(sendTimeoutMs))
    } catch (error) {
      // A mail server quotes addresses in what it says, so that its words stay out of the log.
      const about = { mailId: mail.id, kind: mail.kind, attempts: mail.attempts, code: codeOf(error) }
      if (mail.attempts < mostAttempts) return log.warn(about, 'a mail could not be sent')
      await mails.delete(mail.id)
      log.error(about, 'a mail was given up')
    }
  }
  const round = async (): Promise<Pause> => {
    if (!mayWork()) return idle
    try {
      const claimed = await mails.claim(batch)
      await Promise.all(claimed.map(deliverOne))
      return claimed.length === batch ? again : idle
    } catch (error) {
      log.warn({ err: error }, 'a round of mails failed')
      return idle
    }
  }
  return new Worker({ round })
}

const idle: Pause = { leastMs: 0, mostMs: pollMs }
const again: Pause = { leastMs: 0, mostMs: 0 }

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
