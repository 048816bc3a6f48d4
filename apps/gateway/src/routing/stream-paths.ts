/** What answers with a stream that lasts: it takes a socket of its own, and no time limit ends it. */
const streamPaths: ReadonlySet<string> = new Set(['/orders/events'])

/** The path is the service's, decoded. */
export function isStreamPath(method: string, path: string): boolean {
  return method === 'GET' && streamPaths.has(path)
}
