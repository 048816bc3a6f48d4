/** What a failed $jsonSchema says, in names only. */
export interface ValidationFailure {
  readonly fields: readonly string[]
  /** True when every complaint is a missing or null value. */
  readonly onlyMissing: boolean
}

/** Reads `errInfo` of error 121. The server puts the refused values beside the names; only the names are taken. */
export function readValidationFailure(errInfo: unknown): ValidationFailure {
  const fields = new Set<string>()
  const rules = listOf(objectOf(objectOf(errInfo)['details'])['schemaRulesNotSatisfied'])
  const missing = rules.map((rule) => collect(objectOf(rule), fields))
  return { fields: [...fields], onlyMissing: fields.size > 0 && missing.every(Boolean) }
}

/** Adds the names of one rule; answers whether the rule only misses values. */
function collect(rule: Record<string, unknown>, fields: Set<string>): boolean {
  const missing = names(rule['missingProperties'])
  const additional = names(rule['additionalProperties'])
  for (const name of [...missing, ...additional]) fields.add(toRowField(name))
  let onlyMissing = missing.length > 0 && additional.length === 0
  const properties = listOf(rule['propertiesNotSatisfied']).map(objectOf)
  for (const property of properties) {
    if (typeof property['propertyName'] === 'string') fields.add(toRowField(property['propertyName']))
  }
  if (properties.length > 0) onlyMissing = properties.every(isNullWhereValueIsNeeded)
  return onlyMissing
}

function isNullWhereValueIsNeeded(property: Record<string, unknown>): boolean {
  const complaints = listOf(property['details']).map(objectOf)
  return (
    complaints.length > 0 &&
    complaints.every((complaint) => complaint['consideredType'] === 'null' || complaint['consideredValue'] === null)
  )
}

function toRowField(name: string): string {
  return name === '_id' ? 'id' : name
}

function names(value: unknown): string[] {
  return listOf(value).filter((name) => typeof name === 'string')
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
