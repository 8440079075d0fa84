/** What the chart of a comparison draws: for each group its runs, its band and its median. */
import { lineStyle, stepAt, type Line, type Point } from '../../charts/options'
import type { Shade } from '../../lib/theme.svelte'
import type { CompareDocument, GroupJson } from './documents'

export interface Drawn {
  lines: Line[]
  points: Point[][]
}

/** In the order in which they lie over each other: runs, bands, medians. `hidden` are names of groups. */
export function drawn(groups: readonly GroupJson[], shade: Shade, hidden: ReadonlySet<string>): Drawn {
  const found: Drawn = { lines: [], points: [] }
  const add = (line: Line, points: readonly Point[]): number => {
    found.points.push([...points])
    return found.lines.push(line) - 1
  }
  const styles = groups.map((group, at) => ({ group, ...lineStyle(at, shade), hidden: hidden.has(group.name) }))
  for (const { group, colour, hidden } of styles) {
    for (const [name, points] of Object.entries(group.lines)) {
      add({ name, colour: faint(colour, group.runs.length > 1 ? 0.55 : 1), width: group.runs.length > 1 ? 1 : 2, stepped: true, hidden }, points)
    }
  }
  for (const { group, colour, hidden } of styles) {
    if (!group.band) continue
    const side = (place: 1 | 2): Point[] => group.band?.map((each) => [each[0], each[place]]) ?? []
    const low = add({ name: `${group.name} low`, colour: 'transparent', width: 0, stepped: true, hidden }, side(1))
    add({ name: `${group.name} high`, colour: 'transparent', width: 0, stepped: true, fill: faint(colour, 0.2), floor: low, hidden }, side(2))
  }
  for (const { group, colour, dash, hidden } of styles) {
    if (group.runs.length < 2) continue
    const [whole, after] = parted(group.median, group.whole)
    add({ name: group.name, colour, dash, width: 2.5, stepped: true, hidden }, whole)
    // Some of its runs had ended by then, and count as they ended.
    if (after.length > 1) add({ name: `${group.name}, some ended`, colour, dash: [2, 4], width: 2, stepped: true, hidden }, after)
  }
  return found
}

/** The steps up to a place, and from there on. */
export function parted(points: readonly Point[], at: number): [Point[], Point[]] {
  const before = points.filter(([x]) => x <= at)
  const last = before.at(-1)
  const after = points.filter(([x]) => x > at)
  return [before, last && after.length ? [[at, last[1]], ...after] : after]
}

/** A colour "#0077BB" that lets through what is below it. */
export function faint(colour: string, share: number): string {
  return `${colour}${Math.round(255 * share).toString(16).padStart(2, '0')}`
}

/** Where each group stood at a place: its median, or its only run. */
export function valuesAt(groups: readonly GroupJson[], x: number): number[] {
  return groups.map((group) => stepAt(group.runs.length > 1 ? group.median : (Object.values(group.lines)[0] ?? []), x))
}

export interface Sampled {
  x: number
  group: string
  run: string
  value: number
  low: number | null
  high: number | null
}

/** The chart as rows: medians with their bands, then each run's steps. */
export function rowsOf({ groups }: CompareDocument): Sampled[] {
  const medians = groups.flatMap((group) =>
    group.median.map(([x, value], at): Sampled => ({
      x, value, group: group.name, run: 'median', low: group.band?.[at]?.[1] ?? null, high: group.band?.[at]?.[2] ?? null,
    })),
  ) // prettier-ignore
  const runs = groups.flatMap((group) =>
    Object.entries(group.lines).flatMap(([run, points]) =>
      points.map(([x, value]): Sampled => ({ x, value, group: group.name, run, low: null, high: null })),
    ),
  )
  return [...medians, ...runs]
}

/** A share by steps as lines begin at nothing: before its first point it is 0. */
export function cumulative(points: readonly Point[], from: number, to: number): Point[] {
  const last = points.at(-1)?.[1] ?? 0
  return [[from, 0], ...points, [to, last]]
}
