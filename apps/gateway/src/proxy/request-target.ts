/** What is wrong with a request target, in words fit for the client; undefined when nothing is. */
export function findTargetFault(target: string): string | undefined {
  const path = pathOf(target)
  if (!visibleAscii.test(target)) return 'The request target holds a character that must be percent-encoded.'
  if (plainPath.test(path)) return undefined
  if (!path.startsWith('/')) return 'The request target must be a path.'
  if (path.includes('//')) return 'The path has an empty segment.'
  if (forbiddenInPath.test(path)) return 'The path holds a character that is not allowed, plain or encoded.'
  return findSegmentFault(path)
}

/** The target without its query. */
export function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

/** The query with its question mark, or an empty string. */
export function queryOf(target: string): string {
  const start = target.indexOf('?')
  return start === -1 ? '' : target.slice(start)
}

const visibleAscii = /^[\u0021-\u007e]+$/u

/** Segments of letters, digits and marks that mean nothing to anyone, none of which begins with a dot. */
const plainPath = /^(?:\/[\w~:@!$&'()*+,=-][\w.~:@!$&'()*+,=-]*)*\/?$/u

// Encoded slash, backslash, percent (a second encoding) and control characters; a raw backslash; a fragment.
const forbiddenInPath = /%(?:2f|5c|25|[01][0-9a-f]|7f)|[\\#]/iu

function findSegmentFault(path: string): string | undefined {
  for (const segment of path.split('/')) {
    const decoded = decode(segment)
    if (decoded === undefined) return 'The path has a percent sign that encodes nothing.'
    if (/^\.{1,2}(?:;|$)/u.test(decoded)) return 'The path has a dot segment.'
  }
  return undefined
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
