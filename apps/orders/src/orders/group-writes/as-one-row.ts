/**
 * A condition that every row of a statement's input meets, and of which the planner believes that one does. It would count on a hundred
 * and, while a table is young, read it through from end to end; the plan is kept, and the table grows.
 */
export function asOneRow(integerColumn: string): string {
  return `given.${integerColumn} - given.${integerColumn} = 0`
}
