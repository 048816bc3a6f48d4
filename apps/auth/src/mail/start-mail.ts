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
  const { log } = service
  const mailer = createMailer(settings)
  if (mailer === undefined) {
    log.warn('mails are not sent: neither SMTP_URL nor MAIL_FOLDER is set')
    return new MailRepository(dependencies.database)
  }
  const mails: MailRepository = new MailRepository(dependencies.database, () => worker.wake())
  const worker = createMailWorker({
    mails,
    deliver: (mail, signal) => deliverMail({ ...dependencies, mails, mailer }, mail, signal),
    log,
    mayWork: () => isServing(service),
  })
  service.addHook('onReady', async () => worker.start())
  service.addHook('onClose', async () => worker.stop())
  return mails
}
