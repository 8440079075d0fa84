/** Draws the many: WebGL where there is some, else a canvas. What is chosen is drawn above, by `overlay`. */
import { rgb } from '../../lib/colour'
import { Gl } from './gl'
import { HOLLOW, type Scene } from './scene'
import { toScreen, type View } from './view'

export interface Renderer {
  readonly kind: 'webgl' | 'canvas'
  /** A new scene: done once for it. */
  take(scene: Scene): void
  /** A picture. `time`: nothing later is shown; `edges`: how many of them at most; `line`: their colour. */
  draw(view: View, time: number, edges: number, line: string): void
  free(): void
}

/** null: this browser draws nothing, and the table must do. */
export function rendererFor(canvas: HTMLCanvasElement): Renderer | null {
  const options = { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true }
  const gl = canvas.getContext('webgl', options) as WebGLRenderingContext | null
  if (gl) return new Gl(canvas, gl)
  const context = canvas.getContext('2d')
  return context ? new Flat(canvas, context) : null
}

/** How faint edges are, so that thousands of them are a texture and not a wall. */
export function faintness(edges: number): number {
  return Math.min(0.5, Math.max(0.05, 320 / Math.max(1, edges)))
}

class Flat implements Renderer {
  readonly kind = 'canvas'
  private scene: Scene | null = null

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly context: CanvasRenderingContext2D,
  ) {}

  take(scene: Scene): void {
    this.scene = scene
  }

  draw(view: View, time: number, most: number, line: string): void {
    const { scene, context, canvas } = this
    const ratio = devicePixelRatio
    canvas.width = Math.round(view.width * ratio)
    canvas.height = Math.round(view.height * ratio)
    if (!scene) return
    context.scale(ratio, ratio)
    const there = (row: number): boolean => (scene.size[row] as number) > 0 && (scene.when[row] as number) <= time
    const at = (row: number): { x: number; y: number } => toScreen(view, scene.x[row] as number, scene.y[row] as number)
    context.strokeStyle = `rgb(${rgb(line).join(' ')} / ${faintness(scene.edges.length / 2)})`
    context.beginPath()
    for (let edge = 0; edge < Math.min(scene.edges.length, 2 * most); edge += 2) {
      const [child, parent] = [scene.edges[edge] as number, scene.edges[edge + 1] as number]
      if (!there(child) || !there(parent)) continue
      const [from, to] = [at(parent), at(child)]
      context.moveTo(from.x, from.y)
      context.lineTo(to.x, to.y)
    }
    context.stroke()
    for (let row = 0; row < scene.count; row++) {
      if (!there(row)) continue
      const { x, y } = at(row)
      const radius = (scene.size[row] as number) / 2
      if (x < -radius || y < -radius || x > view.width + radius || y > view.height + radius) continue
      const [red, green, blue] = scene.colour.subarray(4 * row, 4 * row + 3)
      context.fillStyle = context.strokeStyle = `rgb(${red} ${green} ${blue})`
      context.beginPath()
      if ((scene.shape[row] as number) % HOLLOW === 1) context.rect(x - radius, y - radius, 2 * radius, 2 * radius)
      else context.arc(x, y, radius, 0, 2 * Math.PI)
      if ((scene.shape[row] as number) >= HOLLOW) context.stroke()
      else context.fill()
    }
  }

  free(): void {
    this.scene = null
  }
}
