import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** A mail of the development folder, as text. */
export interface MailboxItem {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly date: string
  readonly text: string
}

const mostShown = 50

/** The newest mails of the folder, the newest first; none when nothing was written yet. */
export async function readMailbox(folder: string): Promise<MailboxItem[]> {
  const names = await readdir(folder).catch(() => [])
  const newest = names
    .filter((name) => name.endsWith('.eml'))
    .toSorted()
    .toReversed()
  return Promise.all(newest.slice(0, mostShown).map(async (name) => parseMail(name, await readFile(path.join(folder, name), 'latin1'))))
}

/** Reads what this service writes: ASCII headers and one part of plain text, quoted-printable where its lines are long. */
function parseMail(id: string, source: string): MailboxItem {
  const end = source.indexOf('\r\n\r\n')
  const lines = source
    .slice(0, end)
    .replaceAll(/\r\n[ \t]/gu, ' ')
    .split('\r\n')
  const header = (name: string): string =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? ''
  const body = source.slice(end + 4)
  const text = header('content-transfer-encoding') === 'quoted-printable' ? decodeQuotedPrintable(body) : body
  return { id, to: header('to'), subject: header('subject'), date: header('date'), text: text.replaceAll('\r\n', '\n') }
}

function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-F]{2})/gu, (_match, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
