import { randomInt } from 'node:crypto'
import { ConflictError } from '../errors/repository-error.ts'

/** The field that a slug is kept in. */
export const slugField = 'slug'

const longestSlug = 80
const numbered = [2, 3, 4, 5]
const randomTries = 3
const randomLetters = 6
const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Text as a part of a URL: lower-case ASCII letters, digits and single '-', at most 80; accents are dropped. */
export function slugOf(text: string): string {
  const letters = text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
  const slug = letters.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '')
  return slug.slice(0, longestSlug).replace(/-$/, '') || 'item'
}

/** The slugs to try in turn: the text's own, then numbered, then random ones, which others hardly have. */
export function* slugCandidates(text: string): Generator<string> {
  const base = slugOf(text)
  yield base
  for (const number of numbered) yield suffixed(base, String(number))
  for (let tries = 0; tries < randomTries; tries += 1) yield suffixed(base, randomSuffix())
}

/** Six random letters and digits. */
export function randomSuffix(): string {
  return Array.from({ length: randomLetters }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** Writes with one candidate after another until one is free; the unique key decides. @throws ConflictError when none was */
export async function withFreeSlug<Result>(text: string, write: (slug: string) => Promise<Result>): Promise<Result> {
  let taken: unknown
  for (const slug of slugCandidates(text)) {
    try {
      return await write(slug)
    } catch (error) {
      if (!isTakenSlug(error)) throw error
      taken = error
    }
  }
  throw taken
}

/** True for a conflict about the slug. */
export function isTakenSlug(error: unknown): boolean {
  return error instanceof ConflictError && error.fields.includes(slugField)
}

function suffixed(base: string, suffix: string): string {
  return `${base.slice(0, longestSlug - suffix.length - 1).replace(/-$/, '')}-${suffix}`
}
