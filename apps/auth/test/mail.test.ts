import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Script } from 'node:vm'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { LinkRepository } from '../src/links/link-repository.ts'
import { composeMail } from '../src/mail/compose-mail.ts'
import { MailRepository } from '../src/mail/mail-repository.ts'
import { createMailer } from '../src/mail/mailer.ts'
import { asUser, callService, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'
import { SmtpServer, tokenIn } from './smtp-server.ts'

const smtp = new SmtpServer()
let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth({ SMTP_URL: await smtp.start(), MAIL_LINK_URL: 'https://shop.example/' })
})
afterAll(async () => {
  await auth.stop()
  await smtp.stop()
})

async function newcomer() {
  const { user } = await auth.register()
  return { user, mail: await smtp.nextTo(user.email) }
}

const verify = (token: string) => auth.call('POST', '/auth/verify-email', { body: { token } })
const invalidLink = { status: 422, slug: 'invalid-link', pointers: [] }
const rows = (query: ReturnType<typeof sql>) => auth.database.execute(query)
const waiting = () => rows(sql`select email, kind, attempts from mails_to_send`)
const verifiedAt = async (id: string) => {
  const answer = await auth.call('GET', '/users/me', { as: asUser(id) })
  return answer.json().emailVerifiedAt
}

describe('confirming an address', () => {
  test('the mail of a registration holds a link that works once, and the confirmation is told and audited', async () => {
    const { user, mail } = await newcomer()
    const token = tokenIn(mail)
    expect(mail.source).toContain(`https://shop.example/verify-email#${token}`)
    expect(await verifiedAt(user.id)).toBeNull()
    const both = await Promise.all([verify(token), verify(token)])
    expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([204, 422])
    expect(await verifiedAt(user.id)).toMatch(/^\d{4}-/u)
    expect(readProblem(await verify(token))).toEqual(invalidLink)
    const types = await rows(sql`select type, actor from audit_log where user_id = ${user.id} and type like 'email%' order by id`)
    expect(types).toEqual([
      { type: 'email.verification-sent', actor: user.id },
      { type: 'email.verified', actor: null },
    ])
    expect(await waiting()).toEqual([])
  })

  test.each([
    ['the link has expired', sql`update one_time_links set expires_at = now() where email = `],
    ['the address is another now', sql`update users set email = 'x' || email where email = `],
    ['the user was deactivated', sql`update users set active = false where email = `],
    ['the user was deleted', sql`update users set deleted_at = now() where email = `],
  ])('422 when %s', async (_what, change) => {
    const { user, mail } = await newcomer()
    await rows(sql`${change}${user.email}`)
    expect(readProblem(await verify(tokenIn(mail)))).toEqual(invalidLink)
  })

  test('a token of one kind is worth nothing for the other', async () => {
    const { mail } = await newcomer()
    const reset = await auth.call('POST', '/auth/password/reset', { body: { token: tokenIn(mail), password: 'staple battery horse' } })
    expect(readProblem(reset)).toEqual(invalidLink)
    expect((await verify(tokenIn(mail))).statusCode).toBe(204)
  })

  test('a new link on request, at most one a minute, and none for a confirmed address', async () => {
    const { user, mail } = await newcomer()
    const send = async () => (await auth.call('POST', '/auth/verify-email/send', { as: asUser(user.id) })).statusCode
    expect(await send()).toBe(202)
    await expect.poll(waiting).toEqual([])
    expect(smtp.recipients.filter((to) => to === user.email)).toHaveLength(1)
    await rows(sql`update one_time_links set created_at = now() - interval '61 seconds' where email = ${user.email}`)
    expect(await send()).toBe(202)
    const second = await smtp.nextTo(user.email)
    expect(tokenIn(second)).not.toBe(tokenIn(mail))
    expect((await verify(tokenIn(mail))).statusCode).toBe(204)
    expect(await send()).toBe(202)
    expect(await waiting()).toEqual([])
  })
})

describe('sending', () => {
  test('what a mail server refuses waits, goes out later with the same link, and is given up after its last try', async () => {
    smtp.isRefusing = true
    const refused = smtp.refused()
    const { user } = await auth.register()
    await refused
    const first = { email: user.email, kind: 'verify-email', attempts: 1 }
    await expect.poll(() => auth.logs()).toContain('a mail could not be sent')
    expect(await waiting()).toEqual([first])
    expect((await auth.call('GET', '/metrics')).body).toMatch(/^mails_waiting(?:\{.*\})? 1$/mu)
    const links = () => rows(sql`select hash from one_time_links where email = ${user.email}`)
    const made = await links()
    smtp.isRefusing = false
    await rows(sql`update mails_to_send set due_at = now()`)
    // Another replica, started meanwhile, looks at once.
    const replica = await auth.replica()
    await replica.ready()
    const mail = await smtp.nextTo(user.email)
    expect(await links()).toEqual(made)
    expect((await verify(tokenIn(mail))).statusCode).toBe(204)

    smtp.isRefusing = true
    const other = await auth.register()
    await expect.poll(waiting).toMatchObject([{ email: other.user.email, attempts: 1 }])
    await rows(sql`update mails_to_send set due_at = now(), attempts = 7`)
    const third = await auth.replica()
    await third.ready()
    await expect.poll(waiting).toEqual([])
    smtp.isRefusing = false
    expect(auth.logs()).toContain('a mail was given up')
    const ofAddresses = auth
      .logs()
      .split('\n')
      .filter((line) => line.includes('a mail ') && line.includes('@'))
    expect(ofAddresses).toEqual([])
  })

  test('a token stands in no table and in no log', async () => {
    const { mail } = await newcomer()
    const token = tokenIn(mail)
    await verify(token)
    const stored = await rows(
      sql`select (select json_agg(l) from one_time_links l) as links, (select json_agg(a) from audit_log a) as audit`,
    )
    expect(JSON.stringify(stored)).not.toContain(token)
    expect(auth.logs()).not.toContain(token)
  })

  test('old mails and dead links are cleared away', async () => {
    const { user } = await newcomer()
    await rows(sql`update one_time_links set expires_at = now() - interval '25 hours' where email = ${user.email}`)
    await rows(sql`insert into mails_to_send (kind, email, nonce, due_at, created_at)
      values ('verify-email', 'late@example.com', 'x', now() + interval '1 day', now() - interval '25 hours')`)
    await new LinkRepository(auth.database).purge(1_000)
    await new MailRepository(auth.database).purge(1_000)
    expect(await rows(sql`select hash from one_time_links where email = ${user.email}`)).toEqual([])
    expect(await waiting()).toEqual([])
  })
})

describe('the mailbox of development', () => {
  test('shows mails as text; a folder holds them as they would go out, readable by their owner only', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mails-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const local = await auth.replica({ MAIL_FOLDER: folder, SMTP_URL: '' })
    const page = (service = local) => callService(service, 'GET', '/mailbox')
    expect((await page()).body).toContain('No mail yet.')
    const mailer = createMailer({ folder, from: 'Polystore <no-reply@polystore.dev>' })
    const mail = composeMail('reset-password', { to: "o'hara@example.com", token: 'T'.repeat(43), linkUrl: 'https://shop.example' })
    await mailer?.send({ ...mail, text: `${mail.text}<b>&é` }, AbortSignal.timeout(5_000))
    const shown = await page()
    expect(shown.body).toContain('To o&#39;hara@example.com, ')
    expect(shown.body).toContain(`\nhttps://shop.example/reset-password#${'T'.repeat(43)}\n`)
    expect(shown.body).toContain('&lt;b&gt;&amp;é')
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'")
    const [name = ''] = await readdir(folder)
    expect(await readFile(path.join(folder, name), 'utf8')).toContain("To: o'hara@example.com")
    expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600)
    const production = await auth.replica({ NODE_ENV: 'production', MAIL_FOLDER: folder, ARGON2_MEMORY_KIB: '19456', ARGON2_TIME: '2' })
    expect(readProblem(await page(production))).toMatchObject({ status: 404 })
  })

  test.each(['/auth/verify-email', '/auth/reset-password'])(
    '%s is a page that runs its own script alone and changes nothing',
    async (route) => {
      const answer = await auth.call('GET', route)
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      const [, script = ''] = /<script>([^<]+)<\/script>/u.exec(answer.body) ?? []
      const hash = createHash('sha256').update(script).digest('base64')
      const policy = String(answer.headers['content-security-policy'])
      expect(policy).toMatch(/^default-src 'none'.*form-action 'none'/u)
      expect(policy).toContain(`script-src 'sha256-${hash}'`)
      expect(() => new Script(script)).not.toThrow()
      expect(answer.body).not.toMatch(/(?:src|href)=/u)
    },
  )
})
