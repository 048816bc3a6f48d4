import { isServing, type Service } from '@polystore/service-kit'
import { deliverMail, type DeliverDependencies } from './deliver-mail.ts'
import { MailRepository } from './mail-repository.ts'
import { createMailWorker } from './mail-worker.ts'
import { createMailer, type MailSettings } from './mailer.ts'

export interface StartMailOptions extends Omit<DeliverDependencies, 'mails' | 'mailer'> {
  readonly service: Service
  readonly settings: MailSettings
}

/** Sends what is asked for from the start of the service to its close. Without a way to send, mails wait for a day. */
export function startMail({ service, settings, ...dependencies }: StartMailOptions): MailRepository {
  const mails: MailRepository = new MailRepository(dependencies.database, () => worker?.wake())
  const mailer = createMailer(settings)
  const worker =
    mailer &&
    createMailWorker({
      mails,
      deliver: (mail, signal) => deliverMail({ ...dependencies, mails, mailer }, mail, signal),
      log: service.log,
      mayWork: () => isServing(service),
    })
  observeMails(service, mails)
  service.addHook('onReady', async () => {
    if (worker === undefined) service.log.warn('mails are not sent: neither SMTP_URL nor MAIL_FOLDER is set')
    worker?.start()
  })
  service.addHook('onClose', async () => worker?.stop())
  return mails
}

/** Shows at /metrics what waits; a database that does not answer leaves it out. */
function observeMails({ metrics, log }: Service, mails: MailRepository): void {
  const waiting = metrics.meter.createObservableGauge('mails.waiting', { description: 'Mails that are still to be sent' })
  const age = metrics.meter.createObservableGauge('mails.age.seconds', { description: 'Age of the oldest mail that waits' })
  metrics.meter.addBatchObservableCallback(
    async (result) => {
      try {
        const backlog = await mails.backlog()
        result.observe(waiting, backlog.waiting)
        result.observe(age, backlog.oldestSeconds)
      } catch (error) {
        log.warn({ err: error }, 'the gauges of mails could not be read')
      }
    },
    [waiting, age],
  )
}
