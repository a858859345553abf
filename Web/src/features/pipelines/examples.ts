/** Files to start from, with the reader's own data and model where there are any. */

export interface Known {
  readonly model: string;
  readonly dataset: string;
}

/** A name as YAML takes it: as it is where nothing in it means anything, else in quotation marks. */
function scalar(text: string): string {
  return /^[\p{L}_][\p{L}\p{N}_.-]*(\/[\p{L}\p{N}_.-]+)*$/u.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

export function chain({ model, dataset }: Known, description: string): string {
  return `name: first-pipeline
description: ${description}
steps:
  - kind: train
    model: ${scalar(model)}
    dataset: ${scalar(dataset)}
    epochs: 3

  - kind: evaluate
    model: \${steps.train.model}
    dataset: ${scalar(dataset)}
    rows: 10

  - kind: merge
    model: \${steps.train.model}
    name: first-pipeline

  - kind: serve
    model: \${steps.merge.model}
    question: Who are you?

  - kind: notify
    message: >-
      \${steps.merge.model} scores \${steps.evaluate.score}
      and says: \${steps.serve.answer}
`;
}

export function filling({ dataset }: Known): string {
  return `name: fill-an-index
steps:
  - kind: index
    name: handbook
    dataset: ${scalar(dataset)}

  - kind: notify
    message: \${steps.index.index} has \${steps.index.documents} more.
`;
}

export function trying({ model, dataset }: Known): string {
  return `name: try-a-model
steps:
  - kind: evaluate
    model: ${scalar(model)}
    dataset: ${scalar(dataset)}
    rows: 10

  - kind: notify
    message: It scores \${steps.evaluate.score}.
`;
}
