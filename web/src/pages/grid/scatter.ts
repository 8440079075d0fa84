/** Where values lie on a canvas: linear scales with round numbers along them. */
import type { Objective } from './front'

export interface Frame {
  left: number
  right: number
  top: number
  bottom: number
  /** Round values with their pixels. */
  across: [number, number][]
  up: [number, number][]
  /** Whether the better values of the second are the greater ones. */
  upwards: boolean
  place: (row: number) => [number, number]
}

export function frameOf(x: Objective, y: Objective, rows: Int32Array, width: number, height: number): Frame {
  const box = { left: 66, right: Math.max(70, width - 16), top: 10, bottom: height - 38 }
  const across = scaled(extent(x.values, rows), box.left, box.right)
  const up = scaled(extent(y.values, rows), box.bottom, box.top)
  return {
    ...box,
    across: ticks(across.low, across.high, 8).map((value) => [value, across.at(value)]),
    up: ticks(up.low, up.high, 7).map((value) => [value, up.at(value)]),
    upwards: !y.minimize,
    place: (row) => [across.at(x.values[row] as number), up.at(y.values[row] as number)],
  }
}

/** The least and the greatest of the rows' values; what lies far out at either end is left out (Tukey's outer fences). */
export function extent(values: Float64Array, rows: Int32Array): [number, number] {
  const known = Float64Array.from(rows, (row) => values[row] as number).filter(Number.isFinite).sort()
  if (!known.length) return [0, 1]
  const quarter = (share: number): number => known[Math.floor(share * (known.length - 1))] as number
  const reach = 3 * (quarter(0.75) - quarter(0.25))
  const [first, last] = [known[0] as number, known.at(-1) as number]
  if (reach === 0) return [first, last]
  return [Math.max(first, quarter(0.25) - reach), Math.min(last, quarter(0.75) + reach)]
}

interface Scale {
  low: number
  high: number
  at: (value: number) => number
}

export function scaled([first, last]: [number, number], start: number, end: number): Scale {
  const spare = (last - first || Math.abs(first) || 1) * 0.04
  const [low, high] = [first - spare, last + spare]
  // What lies outside is drawn at the edge.
  return { low, high, at: (value) => start + Math.min(1, Math.max(0, (value - low) / (high - low))) * (end - start) }
}

/** Round values in a range, about so many. */
export function ticks(low: number, high: number, about: number): number[] {
  const least = (high - low) / about
  if (!(least > 0) || !Number.isFinite(least)) return []
  const power = 10 ** Math.floor(Math.log10(least))
  const step = ([1, 2, 5].find((each) => each * power >= least * (1 - 1e-9)) ?? 10) * power
  const found: number[] = []
  for (let index = Math.ceil(low / step); index * step <= high; index++) found.push(Number((index * step).toPrecision(12)))
  return found
}
