import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createTransport } from 'nodemailer'

/** A mail of plain text. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** What hands mails over. Rejects when the mail is not known to be taken. */
export interface Mailer {
  send(mail: Mail, signal: AbortSignal): Promise<void>
}

export interface MailSettings {
  /** `smtp:` or `smtps:`, with user and password. */
  readonly smtpUrl?: string | undefined
  /** Where mails are written instead, for development. */
  readonly folder?: string | undefined
  readonly from: string
}

/** Text is all that a mail holds: no file and no address of its content is ever opened. */
const textOnly = { disableFileAccess: true, disableUrlAccess: true } as const
const smtpTimeouts = { dnsTimeout: 5_000, connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 } as const

/** By SMTP, or into a folder; undefined where neither is set, so that mails wait. */
export function createMailer({ smtpUrl, folder, from }: MailSettings): Mailer | undefined {
  if (smtpUrl !== undefined) return createSmtpMailer(smtpUrl, from)
  return folder === undefined ? undefined : createFolderMailer(folder, from)
}

function createSmtpMailer(url: string, from: string): Mailer {
  const transport = createTransport({ url, ...smtpTimeouts, ...textOnly }, { from })
  return { send: async (mail, signal) => void (await transport.sendMail({ ...mail, signal })) }
}

/** Each mail as it would go out, in a file of its own whose name sorts by time. */
function createFolderMailer(folder: string, from: string): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, ...textOnly }, { from })
  return {
    async send(mail, signal) {
      const { message } = await transport.sendMail({ ...mail, signal })
      const name = `${new Date().toISOString().replaceAll(':', '-')}-${randomUUID().slice(0, 8)}.eml`
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const file = path.join(folder, name)
      await writeFile(`${file}.new`, message, { mode: 0o600, signal })
      await rename(`${file}.new`, file)
    },
  }
}
