import type { MailKind } from './mail-table.ts'
import type { Mail } from './mailer.ts'

export interface MailContent {
  readonly to: string
  /** Of the link, where the kind has one. */
  readonly token: string
  /** Where the pages of links are. */
  readonly linkUrl: string
}

interface MailText {
  readonly subject: string
  /** Name of the page that the link leads to; none without a link. */
  readonly page?: string
  readonly lines: readonly string[]
}

const texts: Readonly<Record<MailKind, MailText>> = {
  'verify-email': {
    subject: 'Confirm your e-mail address',
    page: 'verify-email',
    lines: ['Please confirm that this address is yours, within 24 hours.', 'If you have not made an account, ignore this mail.'],
  },
  'reset-password': {
    subject: 'Choose a new password',
    page: 'reset-password',
    lines: [
      'Somebody asked for a new password for your account. The link works once, for 30 minutes.',
      'If it was not you, ignore this mail.',
    ],
  },
  'password-changed': {
    subject: 'Your password was changed',
    lines: ['The password of your account was changed, and its other sessions have ended.', 'If it was not you, reset the password now.'],
  },
}

/** The text of a mail. The token stands behind `#`, which browsers tell no server. */
export function composeMail(kind: MailKind, { to, token, linkUrl }: MailContent): Mail {
  const { subject, page, lines } = texts[kind]
  const link = page === undefined ? [] : [`${linkUrl.replace(/\/$/u, '')}/${page}#${token}`, 'Or use the token itself:', token]
  const [first = '', ...others] = lines
  return { to, subject, text: `${[first, ...link, ...others].join('\n\n')}\n` }
}
