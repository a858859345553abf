import type { MetricReply } from "../../api/types.js";
import type { Series } from "../../chart/series.js";

/** One line that grows. */
class Line {
  x = new Float64Array(256);
  y = new Float64Array(256);
  count = 0;

  add(x: number, y: number): void {
    // A run that went on from a checkpoint tells some steps again: the later one holds.
    while (this.count > 0 && (this.x[this.count - 1] as number) >= x) this.count--;
    if (this.count === this.x.length) {
      this.x = grown(this.x);
      this.y = grown(this.y);
    }
    this.x[this.count] = x;
    this.y[this.count] = y;
    this.count++;
  }

  series(id: string, label: string, colour: number): Series {
    return { id, label, colour, x: this.x, y: this.y, count: this.count };
  }
}

function grown(values: Float64Array): Float64Array {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}

/** The curves of a task, gathered from its metrics as they come. */
export class Metrics {
  readonly loss = new Line();
  readonly evalLoss = new Line();
  readonly learningRate = new Line();

  add(metrics: readonly MetricReply[]): void {
    for (const metric of metrics) {
      if (typeof metric.loss === "number") this.loss.add(metric.step, metric.loss);
      if (typeof metric.eval_loss === "number") this.evalLoss.add(metric.step, metric.eval_loss);
      if (typeof metric.learning_rate === "number") this.learningRate.add(metric.step, metric.learning_rate);
    }
  }
}
