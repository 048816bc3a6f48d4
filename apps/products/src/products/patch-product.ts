import { Problem } from '@polystore/service-kit'
import { changeProduct, type ChangeProductInput } from './change-product.ts'
import type { ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'
import { maxAttributes, type ProductBody, type ProductPatch } from './product-schemas.ts'
import { patchContent } from './product.ts'

export interface PatchProductInput extends Pick<ChangeProductInput, 'id' | 'version' | 'signal'> {
  readonly patch: ProductPatch
}

/** Changes what the merge patch names. @throws Problem invalid-request, and whatever changeProduct throws */
export async function patchProduct(dependencies: ProductDependencies, { patch, ...input }: PatchProductInput): Promise<ProductRow> {
  return changeProduct(dependencies, { ...input, change: (current) => bounded(patchContent(current, patch)) })
}

/** Each part was checked by its schema; only what is merged can have grown beyond its bound. */
function bounded(body: ProductBody): ProductBody {
  if (Object.keys(body.attributes).length <= maxAttributes) return body
  throw new Problem('invalid-request', { errors: [{ detail: `at most ${maxAttributes} attributes`, pointer: '#/attributes' }] })
}
