/** What a gateway allows one upstream address; every time in milliseconds. */
export interface UpstreamLimits {
  readonly connectTimeoutMs: number
  /** From the request (or the last piece of its body) to the first byte of the answer's headers, queueing included. */
  readonly headersTimeoutMs: number
  /** Between two pieces of the answer's body. */
  readonly bodyIdleTimeoutMs: number
  /** Sockets per address. */
  readonly connections: number
  /** Requests per address, running and queued; more are refused at once. */
  readonly maxInFlight: number
  /** This many failures in a row put an address aside. */
  readonly failureThreshold: number
  /** For how long at first; doubled by each failed trial up to sixteen times. */
  readonly openMs: number
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
}

/** What differs for streams: many open sockets, and silence that is longer than the pauses between two signs of life. */
export const streamLimits = Object.freeze({ bodyIdleTimeoutMs: 15_000, connections: 1_000, maxInFlight: 1_000 })

/** Streams that one user may have open at once. */
export const maxStreamsPerUser = 10

export const defaultUpstreamLimits: UpstreamLimits = Object.freeze({
  connectTimeoutMs: 1_000,
  headersTimeoutMs: 9_000,
  bodyIdleTimeoutMs: 9_000,
  connections: 64,
  maxInFlight: 1_024,
  failureThreshold: 5,
  openMs: 2_000,
  probeIntervalMs: 2_000,
  probeTimeoutMs: 1_000,
})
