import { BSONRegExp, type Document } from 'mongodb'
import type { FilterNode, SearchNode } from '../filters/parse-filter.ts'
import { casesOf } from './letter-cases.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { ResolvedIndex } from './mongo-index-declarations.ts'

/** The exact test: each word stands between separators, or at an end, of one of the fields. */
export function compileSearch({ words }: SearchNode, searchFields: readonly string[]): Document {
  return { $and: words.map((word) => anyField(searchFields, wordPattern(word))) }
}

function anyField(fields: readonly string[], pattern: BSONRegExp): Document {
  return { $or: fields.map((field) => ({ [field]: { $regex: pattern } })) }
}

/** The characters of `wordSeparators`, as PCRE writes them. */
const separators = String.raw`\x01-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f`

/** Says which letters may stand at each place, since folding by the server would equal more than `toLowerCase` does. */
function wordPattern(word: string): BSONRegExp {
  const letters = word.match(lettersOfWord) ?? []
  return new BSONRegExp(`(?<![^${separators}])${letters.map(letterPattern).join('')}(?![^${separators}])`)
}

/** One by one; but i with a dot above is together what becomes of one capital. */
const lettersOfWord = /i\u0307|./gsu

/** Words hold no ASCII punctuation but `_`, so nothing here means anything to a pattern. */
function letterPattern(letter: string): string {
  const cases = letter.length > 1 && !isSurrogatePair(letter) ? [letter, 'I\u0307', 'İ'] : casesOf(letter)
  return cases.length === 1 ? letter : `(?:${cases.join('|')})`
}

function isSurrogatePair(letter: string): boolean {
  return (letter.codePointAt(0) ?? 0) > 0xff_ff
}

/**
 * A `$text` query that finds every document that the search finds, and perhaps others; undefined where that is not certain.
 * `$text` cuts texts at all ASCII punctuation and white space and compares without case, so a word of ASCII letters is a term of
 * each text that holds it as a word: unless the text parts its words by control characters, which `$text` does not cut at.
 * Only top-level words may narrow the query, for `$text` cannot stand under `$nor`.
 */
export function textPrefilter(
  node: FilterNode,
  { definition, searchFields }: { definition: CollectionDefinition; searchFields: readonly string[] },
): Document | undefined {
  const terms = requiredWords(node).filter((word) => /^\w+$/.test(word))
  if (terms.length === 0 || !servesSearch(definition, searchFields)) return undefined
  return { $text: { $search: terms.map((term) => `"${term}"`).join(' '), $language: 'none' } }
}

function requiredWords(node: FilterNode): readonly string[] {
  if (node.kind === 'search') return node.words
  return node.kind === 'and' ? node.nodes.flatMap(requiredWords) : []
}

function servesSearch(definition: CollectionDefinition, searchFields: readonly string[]): boolean {
  const { fields, indexes } = definition
  // A field of this name would tell the index the language of its document.
  if (fields.has('language')) return false
  return searchFields.every((field) => fields.get(field)?.searchText) && indexes.some((index) => isTextIndexOver(index, searchFields))
}

function isTextIndexOver({ key, options, hidden }: ResolvedIndex, searchFields: readonly string[]): boolean {
  const keys = Object.entries(key)
  return (
    !hidden &&
    options['default_language'] === 'none' &&
    options['partialFilterExpression'] === undefined &&
    options['collation'] === undefined &&
    keys.length === searchFields.length &&
    keys.every(([field, kind]) => kind === 'text' && searchFields.includes(field))
  )
}
