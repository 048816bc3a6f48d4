import type { ProblemDocument } from '../problems/problem-document.ts'
import { Problem } from '../problems/problem.ts'

/** A problem that another service answered. Left alone it becomes `bad-gateway`; callers read `.problem` to do better. */
export class UpstreamProblem extends Problem {
  /** The document as the other service wrote it. */
  readonly problem: ProblemDocument
  /** The last part of its `type`, such as `insufficient-stock`. */
  readonly upstreamSlug: string
  readonly upstreamStatus: number

  constructor(problem: ProblemDocument) {
    super(
      problem.status === 503 || problem.status === 429
        ? 'upstream-unavailable'
        : problem.status === 504
          ? 'upstream-timeout'
          : 'bad-gateway',
    )
    this.name = 'UpstreamProblem'
    this.problem = problem
    this.upstreamSlug = problem.type.slice(problem.type.lastIndexOf('/') + 1)
    this.upstreamStatus = problem.status
  }
}
