/** Where the cells of a heatmap lie on its canvas, in pixels of the style sheet. The first row is at the bottom. */
import { rangeOf, type GridAxis, type Plane } from './cells'

const LEFT = 62
const BELOW = 40
const TOP = 6
const RIGHT = 10
const TALLEST = 560
const LARGEST = 40
const SMALLEST = 4

export interface Layout {
  width: number
  height: number
  /** A cell with its gap. */
  wide: number
  high: number
  gap: number
  columns: number
  rows: number
  corner: (cell: number) => [number, number]
  /** The cell at a point, -1 for none. */
  cellAt: (x: number, y: number) => number
}

export function layoutOf({ x, y }: Plane, width: number): Layout {
  const room = Math.max(80, width - LEFT - RIGHT)
  const wide = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(room / x.cells)))
  const high = Math.max(SMALLEST, Math.min(LARGEST, Math.floor((TALLEST - TOP - BELOW) / y.cells), 2 * wide))
  const square = Math.min(wide, high)
  const [w, h] = x.cells > 2 * y.cells || y.cells > 2 * x.cells ? [wide, high] : [Math.min(wide, 2 * square), square]
  const gap = square >= 8 ? 1 : 0
  return {
    width: LEFT + w * x.cells + RIGHT,
    height: TOP + h * y.cells + BELOW,
    wide: w,
    high: h,
    gap,
    columns: x.cells,
    rows: y.cells,
    corner: (cell) => [LEFT + (cell % x.cells) * w, TOP + (y.cells - 1 - Math.floor(cell / x.cells)) * h],
    cellAt: (left, top) => {
      const [i, j] = [Math.floor((left - LEFT) / w), y.cells - 1 - Math.floor((top - TOP) / h)]
      return i < 0 || j < 0 || i >= x.cells || j >= y.cells ? -1 : j * x.cells + i
    },
  }
}

export interface Text {
  text: string
  x: number
  y: number
  align: CanvasTextAlign
  baseline: CanvasTextBaseline
  turned?: boolean
}

/** The numbers along both axes, and their names. */
export function marksOf({ x, y }: Plane, at: Layout): Text[] {
  const found: Text[] = []
  const bottom = TOP + at.high * at.rows
  for (const index of edges(x, at.wide, 44)) {
    found.push({ text: short(edge(x, index)), x: LEFT + index * at.wide, y: bottom + 6, align: 'center', baseline: 'top' })
  }
  for (const index of edges(y, at.high, 30)) {
    found.push({ text: short(edge(y, index)), x: LEFT - 6, y: bottom - index * at.high, align: 'right', baseline: 'middle' })
  }
  found.push({ text: x.name, x: LEFT + (at.wide * at.columns) / 2, y: bottom + 22, align: 'center', baseline: 'top' })
  found.push({ text: y.name, x: 8, y: TOP + (at.high * at.rows) / 2, align: 'center', baseline: 'middle', turned: true })
  return found
}

/** The borders between cells that have a number: so many that each has room. */
function edges(axis: GridAxis, size: number, room: number): number[] {
  const every = [1, 2, 4, 5, 10, 20, 25, 50, 100].find((each) => each * size >= room && axis.cells % each === 0)
  const step = every ?? axis.cells
  return Array.from({ length: Math.floor(axis.cells / step) + 1 }, (_, index) => index * step)
}

function edge(axis: GridAxis, index: number): number {
  return index === axis.cells ? axis.high : rangeOf(axis, index)[0]
}

/** A number of an axis, as short as it can be told: "12.5", "1e+6". */
export function short(value: number): string {
  const text = Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(4)))
  return text.replace('-', '−')
}
