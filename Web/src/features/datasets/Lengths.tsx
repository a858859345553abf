import { useMemo, useState } from "react";
import type { DatasetLengthsReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Choice } from "../../ui/Choice.js";
import { TextField } from "../../ui/Field.js";
import { Section } from "../../ui/Page.js";
import { bars, placeOf, rowsAbove, type Bar } from "./rowLengths.js";
import { lengthWords } from "./lengthWords.js";

const WIDTH = 720;
const HEIGHT = 140;

/** How long the rows are, as a picture and as a table, and what a training would cut. */
export function Lengths({ lengths, rows }: { lengths: DatasetLengthsReply; rows: number }) {
  const say = useWords(lengthWords);
  const format = useFormat();
  const [unit, setUnit] = useState<"tokens" | "characters">("tokens");
  const [limit, setLimit] = useState("1024");
  const length = lengths[unit];
  const shown = useMemo(() => bars(length), [length]);
  const cutoff = /^\d{1,9}$/.test(limit.trim()) ? Number(limit) : undefined;
  const cut = cutoff === undefined ? undefined : rowsAbove(lengths.tokens, cutoff);
  const name = (bar: Bar) =>
    bar.below - bar.from === 1 ? format.number(bar.from) : `${format.number(bar.from)}–${format.number(bar.below - 1)}`;
  const most = shown.reduce((best, bar) => (bar.rows > best.rows ? bar : best), shown[0] as Bar);
  return (
    <Section
      title={say("title")}
      actions={
        <Choice
          label={say("unit")}
          value={unit}
          onChoose={setUnit}
          options={[
            { value: "tokens", label: say("tokens") },
            { value: "characters", label: say("characters") },
          ]}
        />
      }
    >
      <div className="card lengths">
        <Picture
          bars={shown}
          limit={unit === "tokens" ? cutoff : undefined}
          label={say("picture", {
            n: shown.length,
            from: format.number(length.minimum),
            to: format.number(length.maximum),
            rows: format.number(most.rows),
            at: name(most),
          })}
        />
        <div className="lengths-ends number" aria-hidden="true">
          <span>{format.number(shown[0]?.from ?? 0)}</span>
          <span>{format.number(shown[shown.length - 1]?.below ?? 0)}</span>
        </div>
        <dl className="facts">
          {(
            [
              ["half", length.p50],
              ["p90", length.p90],
              ["p99", length.p99],
              ["longest", length.maximum],
            ] as const
          ).map(([key, value]) => (
            <div key={key}>
              <dt>{say(key)}</dt>{" "}
              <dd className="number">{format.number(value)}</dd>
            </div>
          ))}
        </dl>
        <div className="lengths-cut">
          <TextField
            label={say("limit")}
            help={say("limitHelp")}
            inputMode="numeric"
            value={limit}
            onChange={(event) => setLimit(event.currentTarget.value)}
          />
          <p role="status" data-cut={(cut ?? 0) > 0}>
            {cut === undefined
              ? ""
              : cut === 0
                ? say("cutNone")
                : say("cut", { n: cut, all: format.number(rows), share: share(cut / Math.max(rows, 1), format.percent) })}
          </p>
        </div>
        <p className="field-help">{say("estimate")}</p>
        <details className="lengths-table">
          <summary>{say("table")}</summary>
          <table className="table">
            <thead>
              <tr>
                <th scope="col" className="number">
                  {say("range")}
                </th>
                <th scope="col" className="number">
                  {say("rows")}
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((bar) => (
                <tr key={bar.from}>
                  <td className="number">{name(bar)}</td>
                  <td className="number">{format.number(bar.rows)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      </div>
    </Section>
  );
}

/** Few of many are not none. */
function share(part: number, percent: (share: number) => string): string {
  return part > 0 && part < 0.01 ? `< ${percent(0.01)}` : percent(part);
}

function Picture({ bars, limit, label }: { bars: readonly Bar[]; limit: number | undefined; label: string }) {
  const most = Math.max(1, ...bars.map((bar) => bar.rows));
  const step = WIDTH / Math.max(bars.length, 1);
  const at = limit === undefined ? undefined : placeOf(limit, bars);
  return (
    <svg className="lengths-picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {bars.map((bar, index) => {
        // A bar of one row among thousands is still seen.
        const height = bar.rows === 0 ? 0 : Math.max(2, (bar.rows / most) * (HEIGHT - 4));
        const isCut = limit !== undefined && (bar.from + bar.below - 1) / 2 > limit;
        return (
          <rect
            key={bar.from}
            className="lengths-bar"
            data-cut={isCut}
            x={index * step + 1}
            y={HEIGHT - height}
            width={Math.max(step - 2, 1)}
            height={height}
          />
        );
      })}
      {at !== undefined && <line className="lengths-limit" x1={at * WIDTH} x2={at * WIDTH} y1={0} y2={HEIGHT} />}
    </svg>
  );
}
