import type { Service } from '@polystore/service-kit'
import { escapeHtml, htmlPage } from '../pages/html-page.ts'
import { type MailboxItem, readMailbox } from './read-mailbox.ts'

/** For development: the mails that were written to the folder instead of being sent. */
export function mailboxRoutes(service: Service, folder: string): void {
  service.get('/mailbox', { config: { access: 'open' }, schema: { hide: true } }, async (_request, reply) => {
    const mails = await readMailbox(folder)
    const body = mails.length === 0 ? '<p>No mail yet.</p>' : mails.map(show).join('')
    const { html, headers } = htmlPage({ title: 'Mailbox', body })
    return reply.headers({ ...headers }).send(html)
  })
}

function show({ to, subject, date, text }: MailboxItem): string {
  return `<article><h2>${escapeHtml(subject)}</h2><p>To ${escapeHtml(to)}, ${escapeHtml(date)}</p><pre>${escapeHtml(text)}</pre></article>`
}
