/** The grid of a run at any moment, from the columns: which candidate holds each cell, and how often each was tried.
 *
 * Where a candidate falls is worked out once for a state of the columns (`binned`); a moment is then one pass over the
 * evaluations up to it, so that the scrubber moves freely over 100,000 of them.
 */
import { better, type Columns } from '../../lib/columns'

/** `place` is the measure's place in a cell's tuple. */
export interface GridAxis {
  name: string
  low: number
  high: number
  cells: number
  place: number
}

export interface Plane {
  x: GridAxis
  y: GridAxis
}

export interface Bins {
  plane: Plane
  /** The cell of each row, `y * width + x`; -1 where it has none. */
  of: Int32Array
  /** 1 where the population took the candidate in. */
  taken: Uint8Array
}

/** What is asked of the grid: an island (null: all), and which way is better. `seed` is what counts as no gain. */
export interface Asked {
  island: number | null
  minimize: boolean
  seed: number
}

export interface GridAt {
  /** The row that holds each cell, -1 for none. */
  elite: Int32Array
  tries: Int32Array
  /** How many the population took in there, on any island that is shown. */
  entered: Int32Array
  filled: number
  /** How much the elites are better than the seed program, over all cells; NaN where the seed has no score. */
  qd: number
  /** The scores of the worst and the best elite, NaN where there is none. */
  worst: number
  best: number
}

export function binned(columns: Columns, plane: Plane): Bins {
  const of = new Int32Array(columns.length).fill(-1)
  const taken = new Uint8Array(columns.length)
  const known = new Map<string, number>()
  const [xs, ys] = [columns.measure.get(plane.x.name), columns.measure.get(plane.y.name)]
  for (let row = 0; row < columns.length; row++) {
    const tuple = columns.cell.get(row)
    if (tuple !== undefined) {
      let bin = known.get(tuple)
      if (bin === undefined) known.set(tuple, (bin = parsed(tuple, plane)))
      of[row] = bin
      taken[row] = bin < 0 ? 0 : 1
    } else if (xs && ys) of[row] = measured(xs[row] as number, ys[row] as number, plane)
  }
  return { plane, of, taken }
}

/** The cell of a tuple as the log has it: "[3, 7]". */
function parsed(tuple: string, { x, y }: Plane): number {
  const numbers = (tuple.match(/-?\d+/gu) ?? []).map(Number)
  const [i, j] = [numbers[x.place] ?? -1, numbers[y.place] ?? -1]
  return i < 0 || j < 0 || i >= x.cells || j >= y.cells ? -1 : j * x.cells + i
}

function measured(x: number, y: number, plane: Plane): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return -1
  return interval(plane.y, y) * plane.x.cells + interval(plane.x, x)
}

/** What lies outside a measure's range counts to its ends. */
export function interval(axis: GridAxis, value: number): number {
  const share = (value - axis.low) / (axis.high - axis.low)
  return Math.floor(Math.min(Math.max(share, 0) * axis.cells, axis.cells - 1))
}

/** The grid after the first `upto` evaluations of `order`. */
export function gridAt(columns: Columns, bins: Bins, order: Int32Array, upto: number, asked: Asked): GridAt {
  const walk = new Walk(columns, bins, asked)
  for (let index = 0; index < upto; index++) walk.step(order[index] as number)
  return walk.found()
}

export interface Coverage {
  evals: number[]
  filled: number[]
  qd: number[]
}

/** How the grid filled, at about `points` moments up to an evaluation. */
export function coverage(
  columns: Columns, bins: Bins, order: Int32Array, upto: number, asked: Asked, points = 200,
): Coverage { // prettier-ignore
  const walk = new Walk(columns, bins, asked)
  const found: Coverage = { evals: [], filled: [], qd: [] }
  const every = Math.max(1, Math.floor(upto / points))
  for (let index = 0; index < upto; index++) {
    walk.step(order[index] as number)
    if ((index + 1) % every && index + 1 < upto) continue
    found.evals.push(index + 1)
    found.filled.push(walk.filled)
    found.qd.push(walk.qd)
  }
  return found
}

/** Those that held a cell by then, the latest first. */
export function holders(
  columns: Columns, bins: Bins, order: Int32Array, upto: number, bin: number, asked: Asked,
): number[] { // prettier-ignore
  const walk = new Walk(columns, bins, asked)
  const found: number[] = []
  for (let index = 0; index < upto; index++) {
    const row = order[index] as number
    if (bins.of[row] === bin && walk.step(row)) found.push(row)
  }
  return found.reverse()
}

class Walk {
  readonly elite: Int32Array
  readonly tries: Int32Array
  readonly entered: Int32Array
  filled = 0
  qd: number
  private readonly ok: number

  constructor(
    private readonly columns: Columns,
    private readonly bins: Bins,
    private readonly asked: Asked,
  ) {
    const size = bins.plane.x.cells * bins.plane.y.cells
    this.elite = new Int32Array(size).fill(-1)
    this.tries = new Int32Array(size)
    this.entered = new Int32Array(size)
    this.qd = Number.isNaN(asked.seed) ? NaN : 0
    this.ok = columns.statuses.indexOf('ok')
  }

  /** Takes in an evaluation; whether it took its cell. */
  step(row: number): boolean {
    const { columns, asked, bins } = this
    const bin = bins.of[row] as number
    if (bin < 0 || columns.status[row] !== this.ok) return false
    const island = columns.island[row] as number
    if (asked.island !== null && island >= 0 && island !== asked.island) return false
    this.tries[bin] = (this.tries[bin] as number) + 1
    if (!bins.taken[row]) return false
    this.entered[bin] = (this.entered[bin] as number) + 1
    const holder = this.elite[bin] as number
    const score = columns.score[row] as number
    const before = holder < 0 ? NaN : (columns.score[holder] as number)
    if (Number.isNaN(score) || better(before, score, asked.minimize)) return false // equals come in where taken in
    this.filled += holder < 0 ? 1 : 0
    this.qd += this.gain(score) - (holder < 0 ? 0 : this.gain(before))
    this.elite[bin] = row
    return true
  }

  private gain(score: number): number {
    const { seed, minimize } = this.asked
    return Math.max(0, minimize ? seed - score : score - seed)
  }

  found(): GridAt {
    let [worst, best] = [NaN, NaN]
    for (const row of this.elite) {
      if (row < 0) continue
      const score = this.columns.score[row] as number
      if (better(score, best, this.asked.minimize)) best = score
      if (Number.isNaN(worst) || better(worst, score, this.asked.minimize)) worst = score
    }
    const { elite, tries, entered, filled, qd } = this
    return { elite, tries, entered, filled, qd, worst, best }
  }
}

/** From which score to which the colours go. `clipped`: some elites are worse than `low`, and look like it. */
export interface Scaled {
  low: number
  high: number
  clipped: boolean
}

const OUT = 0.1 // of the elites, at the worse end, may lie beyond the colours
const FAR = 3 // times as wide as what is left, and they do

/** A few elites far worse than all others would leave no colour for the rest. */
export function scaleOf(columns: Columns, grid: GridAt, minimize: boolean): Scaled {
  const scores = Float64Array.from(grid.elite.filter((row) => row >= 0), (row) => columns.score[row] as number).sort()
  if (minimize) scores.reverse()
  const low = scores[Math.floor(OUT * scores.length)] ?? NaN
  const wide = Math.abs(grid.best - low)
  const clipped = wide > 0 && Math.abs(grid.best - grid.worst) > FAR * wide
  return { low: clipped ? low : grid.worst, high: grid.best, clipped }
}

/** The share from 0 (worst) to 1 (best) that a score has, for its colour. */
export function shareOf({ low, high }: Scaled, score: number): number {
  const wide = high - low
  return wide === 0 || Number.isNaN(wide) ? 1 : Math.min(1, Math.max(0, (score - low) / wide))
}

/** The values that a cell holds, along one axis: "12.5 … 13". */
export function rangeOf(axis: GridAxis, index: number): [number, number] {
  const wide = (axis.high - axis.low) / axis.cells
  return [axis.low + index * wide, axis.low + (index + 1) * wide]
}
