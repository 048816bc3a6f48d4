import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Problem } from './problem.ts'
import { isProblemSlug, type ProblemDefinition, problemRegistry } from './problem-registry.ts'

const style =
  'body{font:1rem/1.5 system-ui;max-width:48rem;margin:2rem auto;padding:0 1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}'
const styleHash = createHash('sha256').update(style).digest('base64')

/** Serves `/problems` and `/problems/<slug>`: the pages that `type` points to. */
export function addProblemPages(service: FastifyInstance): void {
  const options = { config: { access: 'open' as const }, schema: { hide: true, params: z.strictObject({ slug: z.string() }) } }
  service.get('/problems', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) =>
    sendHtml(reply, page('Problems', listOfProblems())),
  )
  service.get<{ Params: { slug: string } }>('/problems/:slug', options, (request, reply) => {
    const { slug } = request.params
    if (!isProblemSlug(slug)) throw new Problem('not-found')
    return sendHtml(reply, page(problemRegistry[slug].title, descriptionOf(slug, problemRegistry[slug])))
  })
}

function listOfProblems(): string {
  const rows = Object.entries(problemRegistry).map(
    ([slug, { status, title }]) => `<tr><td>${status}</td><td><a href="/problems/${slug}">${slug}</a></td><td>${title}</td></tr>`,
  )
  return `<table><tr><th>Status</th><th>Type</th><th>Title</th></tr>${rows.join('')}</table>`
}

function descriptionOf(slug: string, problem: ProblemDefinition): string {
  return `<p><code>/problems/${slug}</code>, status ${problem.status}</p><p>${problem.description}</p><p><a href="/problems">All problems</a></p>`
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style><h1>${title}</h1>${body}</html>`
}

function sendHtml(reply: { headers(values: Record<string, string>): { send(body: string): unknown } }, body: string): unknown {
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
    })
    .send(body)
}
