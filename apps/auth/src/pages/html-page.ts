import { createHash } from 'node:crypto'

export interface PageContent {
  readonly title: string
  /** HTML: what comes from outside has been escaped. */
  readonly body: string
  /** Inline; it may talk to the page's own origin. */
  readonly script?: string
}

export interface HtmlPage {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

const style =
  'body{font:1rem/1.5 system-ui;max-width:48rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:1rem;border:1px solid #ccc}'

/** A page that loads nothing from anywhere and runs nothing but the script it is given. */
export function htmlPage({ title, body, script }: PageContent): HtmlPage {
  const code = script === undefined ? '' : `<script>${script}</script>`
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style><h1>${escapeHtml(title)}</h1>${body}${code}</html>`
  return { html, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...policy(script) } }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as HTML shows it, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? '')
}

function policy(script: string | undefined): Record<string, string> {
  const code = script === undefined ? [] : [`script-src ${hashOf(script)}`, "connect-src 'self'"]
  const rules = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    ...code,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return { 'content-security-policy': rules.join('; '), 'referrer-policy': 'no-referrer' }
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
