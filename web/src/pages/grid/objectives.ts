/** The objectives of a run as columns. */
import type { Columns } from '../../lib/columns'
import type { Objective } from './front'

/** What has an axis of its own: an objective, or a measure, which is neither good nor bad. */
export interface Axis {
  name: string
  unit: string
  values: Float64Array
  minimize: boolean | null
}

/** All of them, the first first; fewer than two where the run has one. */
export function objectivesOf(columns: Columns): Objective[] {
  return columns.objectives.flatMap(({ name, direction }) => {
    const values = columns.scores.get(name)
    return values ? [{ name, values, minimize: direction === 'minimize' }] : []
  })
}

/** The objectives and the measures, in this order. */
export function axesOf(columns: Columns): Axis[] {
  const goals = objectivesOf(columns)
  const unit = (name: string): string => columns.objectives.find((each) => each.name === name)?.unit ?? ''
  return [
    ...goals.map((each) => ({ ...each, unit: unit(each.name) })),
    ...columns.measures
      .filter((name) => !goals.some((each) => each.name === name))
      .map((name) => ({ name, unit: '', values: columns.measure.get(name) ?? new Float64Array(0), minimize: null })),
  ]
}
