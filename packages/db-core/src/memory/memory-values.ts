/** What a value is compared by: dates by their time, big integers that a number can hold as that number. */
export type Comparable = string | number | bigint

/** Undefined for a missing value, and for one that has no order. */
export function comparable(value: unknown): Comparable | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
      return value
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    case 'boolean':
      return value ? 1 : 0
    default:
      return value instanceof Date ? value.getTime() : undefined
  }
}

/** The order of two values of one field. Text goes by code points, so that half of a pair is never compared alone. */
export function compareValues(left: Comparable, right: Comparable): number {
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}

/** A value of a unique key or a reference as text; undefined when it refers to nothing. */
export function keyText(value: unknown): string | undefined {
  const key = comparable(value)
  return key === undefined ? undefined : String(key)
}

/** UTF-16 puts the characters beyond U+FFFF before some of those below; their code points do not. */
function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)]
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

function rank(unit: number): number {
  const isHalf = unit >= 0xd800 && unit <= 0xdfff
  return isHalf ? unit + 0x1_0000 : unit
}

/** How many characters a text has, where half of a pair is none. */
export function textLength(text: string): number {
  return Array.from(text).length
}
