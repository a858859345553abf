import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { save } from "../ui/save.js";
import { toCSV } from "./csv.js";
import { LineChart, type Cursor } from "./lineChart.js";
import { shortNumber } from "./scale.js";
import type { Series } from "./series.js";
import { withSmoothed } from "./smooth.js";
import "./chart.css";

/** What a chart says, in the reader's language. */
export interface ChartWords {
  readonly title: string;
  /** The name of the x axis. */
  readonly x: string;
  readonly smoothing: string;
  readonly logarithmic: string;
  readonly wholeRange: string;
  readonly image: string;
  readonly table: string;
  readonly empty: string;
  /** How the keys move the cursor and zoom. */
  readonly keys: string;
}

/** How many lines the legend names; the cursor tells the others. */
const NAMED = 8;

/** Lines over steps: hover, zoom by dragging or keys, smoothing, a logarithmic scale, and what is shown as PNG or CSV. */
export function Chart({ series, words, name }: { series: readonly Series[]; words: ChartWords; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<LineChart | null>(null);
  const [cursor, setCursor] = useState<Cursor>();
  const [isLog, setLog] = useState(false);
  const [isZoomed, setZoomed] = useState(false);
  const [weight, setWeight] = useState(0);
  const drag = useRef<number>();
  const help = useId();
  const shown = useMemo(() => withSmoothed(series, weight), [series, weight]);

  useEffect(() => {
    if (!canvas.current) return;
    const drawn = new LineChart(canvas.current);
    chart.current = drawn;
    // The colours are the theme's.
    const theme = new MutationObserver(() => drawn.invalidate());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => drawn.invalidate();
    system.addEventListener("change", redraw);
    return () => {
      theme.disconnect();
      system.removeEventListener("change", redraw);
      drawn.destroy();
    };
  }, []);
  useEffect(() => chart.current?.set(shown), [shown]);
  useEffect(() => chart.current?.setLog(isLog), [isLog]);

  const zoom = (from: number, to: number) => {
    chart.current?.zoom({ from, to });
    setZoomed(true);
  };
  const showAll = () => {
    chart.current?.zoom(undefined);
    setZoomed(false);
  };
  const at = (event: PointerEvent) => chart.current?.valueAt(event.nativeEvent.offsetX) ?? 0;
  const onMove = (event: PointerEvent) => {
    const x = at(event);
    setCursor(chart.current?.point(x));
    if (drag.current !== undefined) chart.current?.select({ from: drag.current, to: x });
  };
  const onUp = (event: PointerEvent) => {
    const [from, to] = [drag.current, at(event)];
    drag.current = undefined;
    chart.current?.select(undefined);
    const range = chart.current?.range();
    if (from === undefined || !range || Math.abs(to - from) < (range.to - range.from) / 50) return;
    zoom(Math.min(from, to), Math.max(from, to));
  };
  const onKey = (event: KeyboardEvent) => {
    const range = chart.current?.range();
    if (!range) return;
    const step = (range.to - range.from) / 50;
    const x = cursor?.x ?? range.from;
    const middle = cursor?.x ?? (range.from + range.to) / 2;
    const half = (range.to - range.from) / 4;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => setCursor(chart.current?.point(Math.max(range.from, x - step))),
      ArrowRight: () => setCursor(chart.current?.point(Math.min(range.to, x + step))),
      Home: () => setCursor(chart.current?.point(range.from)),
      End: () => setCursor(chart.current?.point(range.to)),
      "+": () => zoom(middle - half, middle + half),
      "-": showAll,
      Escape: () => setCursor(chart.current?.point(undefined)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const hasPoints = series.some((line) => line.count > 0);
  const lines = shown.filter((line) => !line.isFaint);
  const named = lines.length > NAMED + 1 ? lines.slice(0, NAMED) : lines;
  const summary = named
    .map((line) => `${line.label}: ${line.count > 0 ? shortNumber(line.y[line.count - 1] as number) : "–"}`)
    .join(", ");

  return (
    <figure className="chart" aria-label={words.title}>
      <figcaption className="chart-head">
        <span className="chart-title">{words.title}</span>
        <ul className="chart-legend" data-lines={lines.length}>
          {named.map((line) => (
            <li key={line.id} data-colour={line.colour}>
              {line.label}
            </li>
          ))}
          {named.length < lines.length && <li className="number">+{lines.length - named.length}</li>}
        </ul>
      </figcaption>
      <div className="chart-plot" data-empty={!hasPoints}>
        <canvas
          ref={canvas}
          className="chart-canvas"
          role="img"
          tabIndex={hasPoints ? 0 : -1}
          aria-label={`${words.title}. ${hasPoints ? summary : words.empty}`}
          aria-describedby={help}
          onPointerDown={(event) => {
            drag.current = at(event);
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerLeave={() => setCursor(chart.current?.point(undefined))}
          onDoubleClick={showAll}
          onKeyDown={onKey}
        />
        <span id={help} className="visually-hidden">
          {words.keys}
        </span>
        {!hasPoints && <p className="chart-empty">{words.empty}</p>}
        {cursor && <Readings cursor={cursor} words={words} canvas={canvas.current} />}
      </div>
      <div className="chart-tools">
        <label className="chart-smoothing">
          {words.smoothing}
          <input
            type="range"
            min="0"
            max="0.99"
            step="0.01"
            value={weight}
            onChange={(event) => setWeight(Number(event.currentTarget.value))}
          />
          <output>{weight.toFixed(2)}</output>
        </label>
        <label className="chart-check">
          <input type="checkbox" checked={isLog} onChange={(event) => setLog(event.currentTarget.checked)} />
          {words.logarithmic}
        </label>
        {isZoomed && (
          <button type="button" className="chart-tool" onClick={showAll}>
            {words.wholeRange}
          </button>
        )}
        <span className="chart-files">
        <button type="button" className="chart-tool" onClick={() => canvas.current && saveImage(canvas.current, name)}>
          {words.image}
        </button>
        <button
          type="button"
          className="chart-tool"
          onClick={() => save(new Blob([toCSV(series, words.x)], { type: "text/csv;charset=utf-8" }), `${name}.csv`)}
        >
          {words.table}
        </button>
        </span>
      </div>
    </figure>
  );
}

function Readings({ cursor, words, canvas }: { cursor: Cursor; words: ChartWords; canvas: HTMLCanvasElement | null }) {
  const isRight = canvas !== null && cursor.left > canvas.clientWidth / 2;
  const readings = [...cursor.readings].sort((a, b) => b.y - a.y).slice(0, 12);
  return (
    <div
      className={isRight ? "chart-readings chart-readings-left" : "chart-readings"}
      ref={(element) => element?.style.setProperty("--at", `${cursor.left}px`)}
      role="status"
    >
      <div className="chart-reading-x">
        {words.x} {shortNumber(cursor.x)}
      </div>
      {readings.map(({ series, y }) => (
        <div key={series.id} className="chart-reading" data-colour={series.colour}>
          <span>{series.label}</span>
          <span className="chart-value">{shortNumber(y)}</span>
        </div>
      ))}
    </div>
  );
}

/** What is seen, on the ground it is seen on: a picture without one is black in many programs. */
function saveImage(canvas: HTMLCanvasElement, name: string): void {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext("2d");
  if (!context) return;
  context.fillStyle = getComputedStyle(canvas).getPropertyValue("--surface").trim();
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => blob && save(blob, `${name}.png`), "image/png");
}
