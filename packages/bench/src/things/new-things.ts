import { uuidV7 } from '@polystore/db-core'

export interface NewThing {
  readonly name: string
  readonly amount: number
}

/** What a caller of a repository gives; the id is the repository's affair. */
export function newThings(from: number, count: number): NewThing[] {
  return Array.from({ length: count }, (_, index) => newThing(from + index))
}

export function newThing(amount: number): NewThing {
  return { name: `thing ${amount}`, amount }
}

/** What hand-written code sends: the same key that db-core would make. */
export function newThingsWithId(from: number, count: number): (NewThing & { readonly id: string })[] {
  return Array.from({ length: count }, (_, index) => newThingWithId(from + index))
}

export function newThingWithId(amount: number): NewThing & { readonly id: string } {
  return { id: uuidV7(), ...newThing(amount) }
}
