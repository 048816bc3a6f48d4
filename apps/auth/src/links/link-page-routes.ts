import type { Service } from '@polystore/service-kit'
import { htmlPage, type HtmlPage } from '../pages/html-page.ts'

/**
 * Sends the form with the token of the address. The link alone changes nothing: programs that look into mails follow links, too.
 * Addresses of the interface are relative to the page, which knows nothing of the prefix at the gateway.
 */
const script = `
const form = document.querySelector('form')
const said = document.querySelector('output')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = JSON.stringify({ token: location.hash.slice(1), ...Object.fromEntries(new FormData(form)) })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(form.dataset.to, { method: 'POST', headers, body }).catch(() => undefined)
  if (answer?.ok) form.remove()
  const problem = answer?.ok ? undefined : await answer?.json().catch(() => undefined)
  const faults = (problem?.errors ?? []).map(({ detail }) => detail)
  said.textContent = answer?.ok ? form.dataset.done : [problem?.title ?? 'No answer. Try again.', ...faults].join(': ')
})
`

/** Where the links of mails lead, for those who have no page of their own for it. */
const pages: Readonly<Record<'/auth/verify-email' | '/auth/reset-password', HtmlPage>> = {
  '/auth/verify-email': linkPage({
    title: 'Confirm your e-mail address',
    form: 'data-to="verify-email" data-done="Your address is confirmed."',
    fields: '<button>Confirm</button>',
  }),
  '/auth/reset-password': linkPage({
    title: 'Choose a new password',
    form: 'data-to="password/reset" data-done="You have a new password. Sign in with it."',
    fields:
      '<label>New password <input name="password" type="password" autocomplete="new-password" minlength="8" required></label> <button>Save</button>',
  }),
}

export function linkPageRoutes(service: Service): void {
  for (const [path, { html, headers }] of Object.entries(pages)) {
    service.get(path, { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) =>
      reply.headers({ ...headers }).send(html),
    )
  }
}

function linkPage({ title, form, fields }: { title: string; form: string; fields: string }): HtmlPage {
  return htmlPage({ title, script, body: `<form ${form}>${fields}</form><p><output></output></p>` })
}
