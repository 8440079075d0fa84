/** The candidates as the scrubber has them: all evaluations in their order, and how many of them there were by then. */
import type { Columns } from '../lib/columns'
import type { RunStore } from '../lib/run.svelte'
import { time } from '../lib/time.svelte'

export interface Moment {
  columns: Columns
  order: Int32Array
  upto: number
}

/** null until the candidates are here. Read inside a derived value: it follows the run and the scrubber. */
export function momentOf(run: RunStore): Moment | null {
  const [columns, timeline] = [run.nodes, run.timeline]
  if (!columns || !timeline) return null
  const upto = time.at === null ? timeline.order.length : timeline.at(time.at).evals
  return { columns, order: timeline.order, upto }
}

/** How many evaluations there were by the n-th row of `order`; where columns are thinned each stands for several. */
export function evalsOf({ columns }: Moment, upto: number): number {
  return upto * columns.thinned
}
