interface Option<T> {
  readonly value: T;
  readonly label: string;
  readonly count?: number;
}

/** One of a few, all of them seen. */
export function Choice<T extends string>(props: { label: string; value: T; options: readonly Option<T>[]; onChoose: (value: T) => void }) {
  return (
    <div className="choice" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === props.value}
          // Read out, the word and the number beside it would run together.
          aria-label={option.count === undefined ? undefined : `${option.label} ${option.count}`}
          onClick={() => props.onChoose(option.value)}
        >
          {option.label}
          {option.count !== undefined && <span className="choice-count number">{option.count}</span>}
        </button>
      ))}
    </div>
  );
}
