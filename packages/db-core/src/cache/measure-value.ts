export interface Measure {
  /** An estimate of the memory it takes. */
  readonly bytes: number
  /** False when it holds what only this process understands, such as an instance of a class. */
  readonly isPlain: boolean
}

const cellBytes = 16

/** How much a value takes, and whether another process could read it. */
export function measureValue(value: unknown): Measure {
  const measure = { bytes: 0, isPlain: true }
  addTo(measure, value)
  return measure
}

function addTo(measure: { bytes: number; isPlain: boolean }, value: unknown): void {
  measure.bytes += cellBytes
  if (typeof value === 'string') measure.bytes += 2 * value.length
  else if (value instanceof Uint8Array) measure.bytes += value.byteLength
  else if (Array.isArray(value)) for (const item of value) addTo(measure, item)
  else if (typeof value === 'object' && value !== null && !(value instanceof Date)) addFields(measure, value)
  else if (typeof value === 'function' || typeof value === 'symbol') measure.isPlain = false
}

function addFields(measure: { bytes: number; isPlain: boolean }, value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) measure.isPlain = false
  for (const [name, field] of Object.entries(value)) {
    measure.bytes += 2 * name.length
    addTo(measure, field)
  }
}
