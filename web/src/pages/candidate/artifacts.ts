/** Names of artifacts come from the evaluation, which may repeat what a candidate wrote. */
import { count } from '../../lib/format'

/** Only what every browser draws without running anything: never SVG, never HTML. */
export function isPicture(name: string): boolean {
  return /\.(png|jpe?g)$/iu.test(name)
}

/** A name that stays in the folder of downloads, hides no ending and steers nothing. */
export function fileName(name: string, id: number): string {
  const last = name.split(/[/\\]/u).at(-1) ?? ''
  const bare = last.replace(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^[. ]+|[. ]+$/gu, '').slice(-80)
  return `${id}-${bare || 'artifact'}`
}

/** The length of a text in bytes, as a person says it. */
export function size(text: string): string {
  const bytes = new TextEncoder().encode(text).length
  if (bytes < 1024) return `${count(bytes)} B`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
