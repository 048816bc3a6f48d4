const name = '(?:["`]?\\w+["`]?\\.)?["`]?(\\w+)["`]?'
const patterns = [
  `^alter\\s+table\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?${name}`,
  `^create\\s+(?:unique\\s+)?index\\b.*?\\son\\s+(?:only\\s+)?${name}`,
  `^drop\\s+table\\s+(?:if\\s+exists\\s+)?${name}`,
  `^update\\s+(?:only\\s+)?${name}`,
  `^delete\\s+from\\s+(?:only\\s+)?${name}`,
  `^insert\\s+into\\s+${name}`,
  `^truncate\\s+(?:table\\s+)?(?:only\\s+)?${name}`,
].map((pattern) => new RegExp(pattern, 'is'))

/** The table that a statement works on, as a reader of the plan would say. */
export function tableOf(statement: string): string | undefined {
  return patterns.map((pattern) => pattern.exec(statement)?.[1]).find((table) => table !== undefined)
}
