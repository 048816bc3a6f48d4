import { UnsupportedError } from '../errors/repository-error.ts'
import type { Scalar } from '../filters/filter.ts'
import type { ExistsNode, FilterNode } from '../filters/parse-filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import { readRelated, type RelatedOptions } from './read-related.ts'
import type { Relation } from './relation.ts'
import { distinctKeys } from './row-values.ts'

export interface ResolveOptions extends RelatedOptions {
  /** Relations that the store follows by itself: their nodes stay, with what is below them resolved. */
  readonly keep?: (relation: Relation) => boolean
}

/** True when a filter asks for related rows, so that `resolveExists` has something to do. */
export function hasExists(node: FilterNode): boolean {
  switch (node.kind) {
    case 'exists':
      return true
    case 'not':
      return hasExists(node.node)
    case 'and':
    case 'or':
      return node.nodes.some(hasExists)
    default:
      return false
  }
}

/**
 * The same filter with every `exists` answered: its target is asked which keys match, in its own scope and tenant, and the node
 * becomes a comparison with those keys. @throws UnsupportedError beyond 10,000 keys
 */
export async function resolveExists(node: FilterNode, entity: EntityShape, options: ResolveOptions): Promise<FilterNode> {
  switch (node.kind) {
    case 'exists':
      return await resolveNode(node, entity, options)
    case 'not':
      return { kind: 'not', node: await resolveExists(node.node, entity, options) }
    case 'and':
    case 'or':
      return { kind: node.kind, nodes: await Promise.all(node.nodes.map((inner) => resolveExists(inner, entity, options))) }
    default:
      return node
  }
}

async function resolveNode(node: ExistsNode, entity: EntityShape, { keep, ...options }: ResolveOptions): Promise<FilterNode> {
  const relation = entity.relations?.[node.relation]
  if (relation === undefined) throw new UnsupportedError(`${entity.name} has no relation ${node.relation}.`, { entity: entity.name })
  if (keep?.(relation)) return { ...node, node: await resolveExists(node.node, relation.target().entity, { ...options, keep }) }
  const keys = await matchingKeys(node, relation, options)
  if (keys.length === 0) return { kind: 'none' }
  return { kind: 'compare', field: relation.localField ?? entity.keyField, operator: 'in', value: keys, ignoreCase: false }
}

/** The values of the local field whose rows have a match. */
async function matchingKeys({ filter }: ExistsNode, relation: Relation, options: RelatedOptions): Promise<Scalar[]> {
  const { through, targetField } = relation
  const target = relation.target()
  const { keyField } = target.entity
  const matches = await readRelated(target, { where: filter }, options)
  if (!through) return distinctKeys(matches, targetField ?? keyField)
  const reached = distinctKeys(matches, keyField)
  if (reached.length === 0 || targetField === undefined) return []
  const links = await readRelated(through.reader(), { where: { [through.throughField]: { in: reached } } }, options)
  return distinctKeys(links, targetField)
}
