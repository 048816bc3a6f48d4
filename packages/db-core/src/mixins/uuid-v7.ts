import { randomFillSync } from 'node:crypto'

let lastMs = 0
let sequence = 0

/** A UUID of version 7 (RFC 9562): sortable by time, and increasing within this process. */
export function uuidV7(): string {
  advance(Date.now())
  const bytes = Buffer.allocUnsafe(16)
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes.writeUInt16BE(0x7000 | sequence, 6)
  takeRandom(8).copy(bytes, 8)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Drawn in stock, for drawing each by itself would cost more than all else; every byte is given once. */
const stock = Buffer.allocUnsafe(4096)
let given = stock.length

function takeRandom(count: number): Buffer {
  if (given + count > stock.length) {
    randomFillSync(stock)
    given = 0
  }
  given += count
  return stock.subarray(given - count, given)
}

/** Twelve bits count within a millisecond; when they are spent, or the clock steps back, the last millisecond goes on. */
function advance(nowMs: number): void {
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = takeRandom(2).readUInt16BE() & 0x7ff
    return
  }
  sequence += 1
  if (sequence <= 0xfff) return
  lastMs += 1
  sequence = 0
}
