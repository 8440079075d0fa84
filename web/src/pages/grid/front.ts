/** The Pareto front: those that no other is at least as good as in everything, and better than in something. */

/** One objective: its values by row, and which way is better. */
export interface Objective {
  name: string
  values: Float64Array
  minimize: boolean
}

/** The rows of the front, by the first objective, the best first. Rows that lack a value are in none. Of equals all. */
export function front(rows: Iterable<number>, objectives: readonly Objective[]): number[] {
  const first = objectives[0]
  if (!first) return []
  const lacks = (row: number): boolean => objectives.some((each) => Number.isNaN(each.values[row] as number))
  const whole = [...rows].filter((row) => !lacks(row)).sort((a, b) => {
    for (const each of objectives) {
      const by = (each.values[a] as number) - (each.values[b] as number)
      if (by) return each.minimize ? by : -by
    }
    return a - b
  })
  return objectives.length === 2 ? swept(whole, objectives[1] as Objective, first) : archived(whole, objectives)
}

/** Of two objectives: in the order of the first, each that is better in the second than all before. */
function swept(sorted: readonly number[], second: Objective, first: Objective): number[] {
  const found: number[] = []
  let last = -1
  for (const row of sorted) {
    const [a, b] = [second.values[row] as number, last < 0 ? NaN : (second.values[last] as number)]
    const equal = last >= 0 && a === b && first.values[row] === first.values[last]
    if (last >= 0 && !equal && !(second.minimize ? a < b : a > b)) continue
    found.push(row)
    last = row
  }
  return found
}

/** Of more: nothing is dominated by what comes after it, so that each is held against the front so far alone. */
function archived(sorted: readonly number[], objectives: readonly Objective[]): number[] {
  const found: number[] = []
  for (const row of sorted) if (!found.some((other) => dominates(other, row, objectives))) found.push(row)
  return found
}

export function dominates(one: number, two: number, objectives: readonly Objective[]): boolean {
  let ahead = false
  for (const { values, minimize } of objectives) {
    const lead = ((values[one] as number) - (values[two] as number)) * (minimize ? -1 : 1)
    if (lead < 0) return false
    ahead ||= lead > 0
  }
  return ahead
}
