import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { NewEvent } from '../../src/index.ts'
import type { OpenStore } from './stores.ts'
import { append, registered } from './world.ts'

/** How many events there are of each subject. */
export type Histories = readonly { readonly subject: string; readonly length: number }[]

export const arbitraryHistories = fc.uniqueArray(fc.record({ subject: fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }), length: fc.integer({ min: 1, max: 6 }) }), { selector: ({ subject }) => subject, minLength: 1, maxLength: 8 }) // prettier-ignore

/** Writers of different subjects at once, each subject in its order, as the lock on an aggregate makes it. */
export async function writeHistories<Tx>(store: OpenStore<Tx>, histories: Histories): Promise<void> {
  const write = async ({ subject, length }: Histories[number]): Promise<void> => {
    for (let sequence = 1; sequence <= length; sequence += 1) await append(store, [registered(subject, sequence)])
  }
  await Promise.all(histories.map(write))
}

export function sequencesOf(histories: Histories): Record<string, number[]> {
  return Object.fromEntries(histories.map(({ subject, length }) => [subject, Array.from({ length }, (_, index) => index + 1)]))
}

export function bySubject(effects: readonly { readonly subject: string; readonly sequence: number }[]): Record<string, number[]> {
  const sequences = new Map<string, number[]>()
  for (const { subject, sequence } of effects) sequences.set(subject, [...(sequences.get(subject) ?? []), sequence])
  return Object.fromEntries(sequences)
}

export function nameOf({ subject, sequence }: { readonly subject: string; readonly sequence: number }): string {
  return `${subject} ${sequence}`
}

export function namesIn({ subject, length }: Histories[number]): string[] {
  return Array.from({ length }, (_, index) => nameOf({ subject, sequence: index + 1 }))
}

export function envelope(sequence: number, traceparent?: string) {
  const known = {
    specversion: '1.0',
    type: 'user.registered',
    source: '/auth',
    subject: 'u "1',
    sequence,
    datacontenttype: 'application/json',
  }
  return { ...known, time: expect.stringMatching(/^\d{4}-.*Z$/), ...(traceparent === undefined ? {} : { traceparent }) }
}

export function confirmed(subject: string, sequence: number): NewEvent {
  const data = { orderId: randomUUID(), userId: randomUUID() }
  return { type: 'order.confirmed', subject, sequence, data }
}
