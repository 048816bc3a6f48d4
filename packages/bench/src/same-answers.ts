import { isDeepStrictEqual } from 'node:util'

/** Ways are only compared when they give the same answer; the order of fields makes no difference. */
export async function requireEqualAnswers(answers: readonly Promise<unknown>[]): Promise<void> {
  const [first, ...others] = await Promise.all(answers)
  if (first === undefined || first === null) throw new Error('there is no answer to compare')
  const different = others.find((other) => !isDeepStrictEqual({ ...first }, Object.assign({}, other)))
  if (different !== undefined) throw new Error(`not the same answer: ${JSON.stringify(first)} and ${JSON.stringify(different)}`)
}
