/** When the best so far changed, from the columns. */
import type { Timeline } from '../lib/asof'
import type { Columns } from '../lib/columns'

const kept = new WeakMap<Timeline, number[]>()

/** The moments of all gains, as numbers of the log. */
export function steps(timeline: Timeline, columns: Columns | null): number[] {
  const known = kept.get(timeline)
  if (known || !columns) return known ?? []
  const found = timeline.gains().map((row) => columns.done[row] as number)
  kept.set(timeline, found)
  return found
}
