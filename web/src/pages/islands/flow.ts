/** Where islands and the ways between them lie: islands on a circle, each way bent to its own side. */
import type { Migration } from './documents'

export interface Place {
  index: number
  x: number
  y: number
}

export interface Way {
  from: number
  to: number
  count: number
  path: string
  width: number
  /** The head of the arrow. */
  head: string
}

const DOT = 11

export function placesOf(count: number, size: number): Place[] {
  const middle = size / 2
  const around = middle - 46
  return Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count - Math.PI / 2
    const [right, down] = [Math.cos(angle), Math.sin(angle)]
    return {
      index,
      x: middle + around * right,
      y: middle + around * down,
    }
  })
}

export function waysOf(migrations: readonly Migration[], places: readonly Place[]): Way[] {
  const most = Math.max(1, ...migrations.map((each) => each.count))
  return migrations.flatMap(({ from, to, count }) => {
    const [a, b] = [places[from], places[to]]
    if (!a || !b || from === to || !count) return []
    const width = 1 + 5 * Math.sqrt(count / most)
    return [{ from, to, count, width, ...bent(a, b, width) }]
  })
}

function bent(a: Place, b: Place, width: number): { path: string; head: string } {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const far = Math.hypot(dx, dy) || 1
  const [nx, ny] = [-dy / far, dx / far]
  const bend = 0.16 * far
  const [cx, cy] = [(a.x + b.x) / 2 + nx * bend, (a.y + b.y) / 2 + ny * bend]
  const toward = (x: number, y: number, reach: number): [number, number] => {
    const long = Math.hypot(cx - x, cy - y) || 1
    return [x + ((cx - x) / long) * reach, y + ((cy - y) / long) * reach]
  }
  const [sx, sy] = toward(a.x, a.y, DOT + 2)
  const [tipX, tipY] = toward(b.x, b.y, DOT + 2)
  const size = 5 + width
  const [ex, ey] = toward(b.x, b.y, DOT + 2 + size)
  const [hx, hy] = [((tipY - ey) / size) * (size / 2), (-(tipX - ex) / size) * (size / 2)]
  const f = (value: number): string => value.toFixed(1)
  return {
    path: `M${f(sx)} ${f(sy)}Q${f(cx)} ${f(cy)} ${f(ex)} ${f(ey)}`,
    head: `M${f(tipX)} ${f(tipY)}L${f(ex + hx)} ${f(ey + hy)}L${f(ex - hx)} ${f(ey - hy)}Z`,
  }
}
