import type { Load } from '../load/load.ts'
import type { World } from '../world/world.ts'

/** One way to break the system, reached exactly, and healed again. */
export interface Fault {
  /** F1 to F26 of the order's design; T for toxics, R for random ones. */
  readonly id: string
  readonly name: string
  /** Part of the short form. */
  readonly short: boolean
  /** Left out, with its reason in the report, where this is missing. */
  readonly needs?: readonly ('toxiproxy' | 'rabbitmq' | 'http')[]
  /** Settles when nothing is broken any more. @throws Error when its point was not reached or its own expectation failed */
  strike(scene: Scene): Promise<void>
}

export interface Scene {
  readonly world: World
  /** Starts the load of this round; a fault that never asks gets it at once after the strike. */
  readonly load: () => Load
}
