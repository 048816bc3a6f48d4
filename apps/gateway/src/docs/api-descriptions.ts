import type { OpenApiDocument } from '@polystore/service-kit'
import { fetchJson } from '../routing/fetch-json.ts'
import type { UpstreamGroup } from '../routing/upstream-group.ts'
import { type DescribedService, mergeOpenApi } from './merge-openapi.ts'
import { openApiDocument } from './openapi-document.ts'

export interface ApiDescriptionsOptions {
  readonly groups: readonly UpstreamGroup[]
  readonly title: string
  readonly version: string
  /** A document older than this is fetched anew beside the request that found it old. */
  readonly maxAgeMs?: number
  readonly onFailure?: (service: string, error: unknown) => void
}

const fetchOptions = { path: '/openapi.json', timeoutMs: 2_000, maxBytes: 4 * 1_024 * 1_024 }

/** The merged OpenAPI document. A service that does not answer is described by what it last said. */
export class ApiDescriptions {
  readonly #options: ApiDescriptionsOptions
  readonly #known = new Map<string, DescribedService>()
  #merged: OpenApiDocument
  #refreshedAtMs = -Infinity
  #refresh: Promise<void> | undefined

  constructor(options: ApiDescriptionsOptions) {
    this.#options = options
    this.#merged = this.#merge()
  }

  /** Waits for the services only while one of them has never been heard of. */
  async describe(): Promise<OpenApiDocument> {
    const refresh = this.#isOld() ? this.#refreshOnce() : undefined
    if (!this.#isComplete()) await refresh
    return this.#merged
  }

  #isComplete(): boolean {
    return this.#known.size === this.#options.groups.length
  }

  #isOld(): boolean {
    const ageMs = performance.now() - this.#refreshedAtMs
    return ageMs > (this.#isComplete() ? (this.#options.maxAgeMs ?? 60_000) : 1_000)
  }

  #refreshOnce(): Promise<void> {
    this.#refresh ??= this.#fetchAll().finally(() => (this.#refresh = undefined))
    return this.#refresh
  }

  async #fetchAll(): Promise<void> {
    await Promise.all(this.#options.groups.map((group) => this.#fetch(group)))
    this.#refreshedAtMs = performance.now()
    this.#merged = this.#merge()
  }

  async #fetch(group: UpstreamGroup): Promise<void> {
    try {
      const document = openApiDocument.parse(await fetchJson(group, fetchOptions))
      this.#known.set(group.service, { service: group.service, document })
    } catch (error) {
      this.#options.onFailure?.(group.service, error)
    }
  }

  #merge(): OpenApiDocument {
    const { groups, title, version } = this.#options
    const services = groups.flatMap((group) => this.#known.get(group.service) ?? [])
    const missing = groups.map((group) => group.service).filter((service) => !this.#known.has(service))
    return mergeOpenApi(services, { title, version, missing })
  }
}
