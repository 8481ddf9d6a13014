import type { Panel, PanelKind } from './panel.ts';

/** Where a panel stands in Grafana's grid of 24 columns. */
export interface Position {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const small: ReadonlySet<PanelKind> = new Set(['stat', 'gauge']);
const columns = 24;

/** Puts panels side by side from `top` on, a new line when the next one does not fit, without overlaps. */
export function flow(
  panels: readonly Panel[],
  top: number,
): { readonly positions: Position[]; readonly bottom: number } {
  let x = 0;
  let y = top;
  let lineHeight = 0;
  const positions = panels.map(({ kind, width, height }): Position => {
    const w = width ?? (small.has(kind) ? 6 : 12);
    const h = height ?? (small.has(kind) ? 4 : 8);
    if (x + w > columns) {
      x = 0;
      y += lineHeight;
      lineHeight = 0;
    }
    const position = { x, y, w, h };
    x += w;
    lineHeight = Math.max(lineHeight, h);
    return position;
  });
  return { positions, bottom: y + lineHeight };
}
