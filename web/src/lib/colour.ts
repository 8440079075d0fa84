/** Colours of charts. Scores: cividis, even and readable without red and green. Categories: six colours, then shapes. */
import type { Shade } from './theme.svelte'

export const CATEGORIES: Record<Shade, readonly string[]> = {
  light: ['#0077BB', '#CC3311', '#332288', '#EE6677', '#882255', '#CC79A7'],
  dark: ['#33BBEE', '#EECC66', '#CC3311', '#BBBBBB', '#BB5566', '#0072B2'],
}

export const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross', 'ring'] as const
export type Shape = (typeof SHAPES)[number]

/** The colour and the shape of the n-th category: six colours as circles, then the same as squares, and so on. */
export function category(index: number, shade: Shade): { colour: string; shape: Shape } {
  const colours = CATEGORIES[shade]
  const at = Math.max(0, index)
  return {
    colour: colours[at % colours.length] as string,
    shape: SHAPES[Math.floor(at / colours.length) % SHAPES.length] as Shape,
  }
}

/** Nunez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239: eighteen of its colours, evenly apart. */
const CIVIDIS = [
  [0, 32, 76], [0, 42, 102], [0, 52, 110], [39, 63, 108], [60, 74, 107], [76, 85, 107],
  [91, 95, 109], [104, 106, 112], [117, 117, 117], [131, 129, 120], [146, 140, 120], [161, 152, 118],
  [176, 165, 114], [192, 177, 109], [209, 191, 102], [225, 204, 92], [243, 219, 79], [255, 233, 69],
] as const // prettier-ignore

/** The colour of a share from 0 (worst) to 1 (best), as numbers from 0 to 255. */
export function cividis(share: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, share)) * (CIVIDIS.length - 1)
  const low = Math.min(CIVIDIS.length - 2, Math.floor(place))
  const part = place - low
  const [a, b] = [CIVIDIS[low] as readonly number[], CIVIDIS[low + 1] as readonly number[]]
  const mix = (index: number): number => Math.round((a[index] as number) * (1 - part) + (b[index] as number) * part)
  return [mix(0), mix(1), mix(2)]
}

export function css([red, green, blue]: readonly [number, number, number]): string {
  return `rgb(${red} ${green} ${blue})`
}

/** The numbers of "#0077bb", or of "#07b", as which a built style sheet has it. */
export function rgb(hex: string): [number, number, number] {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((each) => each + each).join('') : hex.slice(1)
  const value = Number.parseInt(digits, 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

/** The colour of a variable of the style sheet: `ink`, `ground`, `muted`, `line`, `accent`. */
export function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

/** The order in which statuses are shown, and the variable of the style sheet that has their colour. */
const STATUS_INK: Record<string, string> = {
  ok: 'c0',
  invalid: 'c3',
  crashed: 'c1',
  timeout: 'c4',
  filtered: 'c5',
  rejected: 'edge',
  waiting: 'muted',
}
export const STATUSES = Object.keys(STATUS_INK)

export function statusInk(status: string): string {
  return `var(--${STATUS_INK[status] ?? 'muted'})`
}

/** The name of that variable: `ink(statusVariable(status))` is a colour for a canvas. */
export function statusVariable(status: string): string {
  return STATUS_INK[status] ?? 'muted'
}
