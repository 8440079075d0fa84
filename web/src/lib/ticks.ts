/** Round numbers between two, about `wanted` of them. */
export function ticks(low: number, high: number, wanted = 6): number[] {
  const raw = (high - low) / wanted
  if (!(raw > 0) || !Number.isFinite(raw)) return [low]
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw) ?? raw
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, index) => (first + index) * step)
}
