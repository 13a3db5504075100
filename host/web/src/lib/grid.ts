// Where the cells of a long grid are, so that only those in sight need to exist.

export interface Grid {
  columns: number;
  cell: number; // side of a cell in pixels, without the gap
  gap: number;
  rows: number;
  height: number; // of the whole
}

export function layOut(width: number, count: number, wanted: number, gap: number): Grid {
  const columns = Math.max(2, Math.floor((width + gap) / (wanted + gap)));
  const cell = Math.max(1, Math.floor((width - gap * (columns - 1)) / columns));
  const rows = Math.ceil(count / columns);
  return { columns, cell, gap, rows, height: Math.max(0, rows * (cell + gap) - gap) };
}

// First and last + 1 index of the cells in sight, with `extra` rows on either side.
export function inSight(grid: Grid, count: number, top: number, height: number, extra: number): [number, number] {
  const row = grid.cell + grid.gap;
  const first = Math.max(0, Math.floor(top / row) - extra);
  const last = Math.min(grid.rows, Math.ceil((top + height) / row) + extra);
  return [Math.min(count, first * grid.columns), Math.min(count, last * grid.columns)];
}

// Where an arrow key leads from `index`.
export function step(grid: Grid, count: number, index: number, key: string): number {
  const moves: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -grid.columns,
    ArrowDown: grid.columns,
    Home: -count,
    End: count,
  };
  const next = index + (moves[key] ?? 0);
  if (key === "ArrowUp" || key === "ArrowDown") return next < 0 || next >= count ? index : next;
  return Math.max(0, Math.min(count - 1, next));
}
