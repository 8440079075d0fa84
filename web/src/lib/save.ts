/** Files that the page gives to the person. */

export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

type Cell = string | number | boolean | null | undefined

/** Rows as CSV. A text that a spreadsheet would take for a formula is led by an apostrophe. */
export function csv(head: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [head.map(field).join(',')]
  for (const row of rows) lines.push(row.map(field).join(','))
  return `${lines.join('\r\n')}\r\n`
}

function field(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function saveCsv(name: string, head: readonly string[], rows: Iterable<readonly Cell[]>): void {
  save(new Blob([csv(head, rows)], { type: 'text/csv' }), name)
}

/** A canvas as PNG on its ground. */
export function savePng(canvas: HTMLCanvasElement, ground: string, name: string): void {
  const copy = document.createElement('canvas')
  copy.width = canvas.width
  copy.height = canvas.height
  const context = copy.getContext('2d')
  if (!context) return
  context.fillStyle = ground
  context.fillRect(0, 0, copy.width, copy.height)
  context.drawImage(canvas, 0, 0)
  copy.toBlob((blob) => blob && save(blob, name), 'image/png')
}

/** An SVG element as a file. */
export function saveSvg(element: SVGSVGElement, name: string): void {
  save(new Blob([new XMLSerializer().serializeToString(element)], { type: 'image/svg+xml' }), name)
}
