import { cut, makeColumns, type Columns } from "./columns.js";
import { linearScale, logScale, shortNumber, tickNumber, type Scale } from "./scale.js";
import { extent, nearest, type Range, type Series } from "./series.js";

const LEFT = 60;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 26;

/** What a line shows at the cursor. */
export interface Reading {
  readonly series: Series;
  readonly x: number;
  readonly y: number;
}

/** What the pointer or the keys point at; `left` and `top` are pixels from the canvas' corner. */
export interface Cursor {
  readonly x: number;
  readonly left: number;
  readonly readings: readonly Reading[];
}

/**
 * Draws lines on a canvas; the price follows the width, not the number of points.
 *
 * It draws once a frame at most, and only when something has changed.
 */
export class LineChart {
  /** Milliseconds the last drawing took. */
  lastDraw = 0;
  private readonly context: CanvasRenderingContext2D;
  private readonly observer: ResizeObserver;
  private series: readonly Series[] = [];
  private columns: Columns[] = [];
  /** Each line as it was last drawn; what only moves over the lines, such as the cursor, leaves them as they are. */
  private paths: Path2D[] = [];
  private areLinesOld = true;
  private view: Range | undefined;
  private isLog = false;
  private cursorX: number | undefined;
  private selection: Range | undefined;
  private frame = 0;
  private width = 1;
  private height = 1;
  private ratio = 1;
  private xScale: Scale = linearScale(0, 1, 0, 1, 1);
  private yScale: Scale = linearScale(0, 1, 0, 1, 1);

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser has no canvas");
    this.context = context;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
    this.resize();
  }

  destroy(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Shows these lines. Arrays may be the same as before with more in them: call it again. */
  set(series: readonly Series[]): void {
    this.series = series;
    while (this.columns.length < series.length) this.columns.push(makeColumns());
    this.areLinesOld = true;
    this.invalidate();
  }

  /** A part of the x axis, or all of it. */
  zoom(view: Range | undefined): void {
    this.view = view;
    this.areLinesOld = true;
    this.invalidate();
  }

  setLog(isLog: boolean): void {
    this.isLog = isLog;
    this.areLinesOld = true;
    this.invalidate();
  }

  /** The stretch that is shown. */
  range(): Range | undefined {
    return this.view ?? extent(this.series);
  }

  /** Points at an x of the data, or at nothing. */
  point(x: number | undefined): Cursor | undefined {
    this.cursorX = x;
    this.invalidate();
    if (x === undefined) return undefined;
    const readings: Reading[] = [];
    for (const series of this.series) {
      if (series.isFaint) continue;
      const index = nearest(series, x);
      if (index < 0) continue;
      readings.push({ series, x: series.x[index] as number, y: series.y[index] as number });
    }
    const first = readings[0];
    if (!first) return undefined;
    // On the point, not beside it.
    this.cursorX = readings.reduce((best, one) => (Math.abs(one.x - x) < Math.abs(best.x - x) ? one : best), first).x;
    return { x: this.cursorX, left: this.xScale.pixel(this.cursorX), readings };
  }

  /** Marks a stretch while the pointer draws it. */
  select(selection: Range | undefined): void {
    this.selection = selection;
    this.invalidate();
  }

  /** The x of the data at a pixel of the canvas. */
  valueAt(left: number): number {
    return this.xScale.value(Math.min(this.width - RIGHT, Math.max(LEFT, left)));
  }

  /** Draws again as soon as the browser draws, also where only the colours have changed. */
  invalidate(): void {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  private resize(): void {
    const box = this.canvas.getBoundingClientRect();
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.width = Math.max(LEFT + RIGHT + 10, box.width);
    this.height = Math.max(TOP + BOTTOM + 10, box.height);
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.areLinesOld = true;
    this.draw();
  }

  private draw(): void {
    const start = performance.now();
    const { context, width, height } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const range = this.range();
    if (range) this.drawLines(range.from < range.to ? range : { from: range.from - 1, to: range.to + 1 });
    this.lastDraw = performance.now() - start;
  }

  /** Cuts the lines into columns, and finds the scales that they fit in. */
  private measure(range: Range): void {
    const { width, height } = this;
    const plot = width - LEFT - RIGHT;
    let low = Infinity;
    let high = -Infinity;
    this.series.forEach((series, index) => {
      const columns = this.columns[index] as Columns;
      cut(series, range, plot * this.ratio, this.isLog, columns);
      low = Math.min(low, columns.low);
      high = Math.max(high, columns.high);
    });
    if (low > high) [low, high] = this.isLog ? [0.1, 1] : [0, 1];
    const room = (high - low) * 0.05;
    const floor = low >= 0 ? Math.max(0, low - room) : low - room;
    this.xScale = linearScale(range.from, range.to, LEFT, width - RIGHT, Math.max(2, plot / 110));
    this.yScale = this.isLog
      ? logScale(low, high, height - BOTTOM, TOP)
      : linearScale(floor, high + room, height - BOTTOM, TOP, Math.max(2, height / 60));
    this.paths = this.series.map((_, index) => this.path(this.columns[index] as Columns));
    this.areLinesOld = false;
  }

  private path(columns: Columns): Path2D {
    const { ratio, yScale } = this;
    const path = new Path2D();
    for (let index = 0; index < columns.used; index++) {
      const x = LEFT + (columns.x[index] as number) / ratio;
      const y = yScale.pixel(columns.y[index] as number);
      if (index === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    return path;
  }

  private drawLines(range: Range): void {
    const { context, width, height } = this;
    const style = getComputedStyle(this.canvas);
    if (this.areLinesOld) this.measure(range);
    this.drawAxes(style);
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT, height);
    context.clip();
    this.series.forEach((series, index) => this.drawLine(series, index, style));
    if (this.selection) this.drawSelection(this.selection, style);
    if (this.cursorX !== undefined) this.drawCursor(this.cursorX, style);
    context.restore();
  }

  private drawAxes(style: CSSStyleDeclaration): void {
    const { context, width, height } = this;
    context.font = `11px ${style.getPropertyValue("--font-sans") || "sans-serif"}`;
    context.fillStyle = style.getPropertyValue("--text-3");
    context.strokeStyle = style.getPropertyValue("--border");
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.beginPath();
    for (const tick of this.yScale.ticks) {
      const y = Math.round(this.yScale.pixel(tick)) + 0.5;
      context.moveTo(LEFT, y);
      context.lineTo(width - RIGHT, y);
      context.fillText(tickNumber(tick, this.yScale.high), LEFT - 8, y);
    }
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of this.xScale.ticks) {
      context.fillText(shortNumber(tick), Math.min(width - RIGHT - 12, this.xScale.pixel(tick)), height - BOTTOM + 8);
    }
  }

  private drawLine(series: Series, index: number, style: CSSStyleDeclaration): void {
    const [columns, path] = [this.columns[index], this.paths[index]];
    if (!columns || !path || columns.used === 0) return;
    const { context, ratio, yScale } = this;
    context.strokeStyle = style.getPropertyValue(`--c${series.colour}`);
    context.globalAlpha = series.isFaint ? 0.25 : 1;
    context.lineWidth = series.isFaint ? 1 : 1.75;
    context.lineJoin = "round";
    context.stroke(path);
    // One point is no line.
    if (columns.used === 1) this.drawDot(LEFT + (columns.x[0] as number) / ratio, yScale.pixel(columns.y[0] as number));
    context.globalAlpha = 1;
  }

  private drawDot(x: number, y: number): void {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, 3.5, 0, 2 * Math.PI);
    context.fillStyle = context.strokeStyle;
    context.fill();
  }

  private drawSelection(selection: Range, style: CSSStyleDeclaration): void {
    const [a, b] = [this.xScale.pixel(selection.from), this.xScale.pixel(selection.to)];
    this.context.globalAlpha = 0.15;
    this.context.fillStyle = style.getPropertyValue("--accent");
    this.context.fillRect(Math.min(a, b), TOP, Math.abs(b - a), this.height - TOP - BOTTOM);
    this.context.globalAlpha = 1;
  }

  private drawCursor(x: number, style: CSSStyleDeclaration): void {
    const { context } = this;
    const left = Math.round(this.xScale.pixel(x)) + 0.5;
    context.beginPath();
    context.strokeStyle = style.getPropertyValue("--border-strong");
    context.lineWidth = 1;
    context.moveTo(left, TOP);
    context.lineTo(left, this.height - BOTTOM);
    context.stroke();
    for (const series of this.series) {
      if (series.isFaint) continue;
      const index = nearest(series, x);
      const value = series.y[index];
      if (index < 0 || value === undefined || !Number.isFinite(value) || (this.isLog && value <= 0)) continue;
      context.strokeStyle = style.getPropertyValue(`--c${series.colour}`);
      this.drawDot(this.xScale.pixel(series.x[index] as number), this.yScale.pixel(value));
    }
  }
}
