import { useId, type ReactNode } from "react";

interface Option<T> {
  readonly value: T;
  readonly label: string;
  readonly help: ReactNode;
}

/** One of a few, each with what it means. */
export function RadioCards<T extends string>(props: {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset className="radio-cards">
      <legend>{props.label}</legend>
      <div className="radio-cards-list">
        {props.options.map((option) => (
          <label key={option.value} className="radio-card">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === props.value}
              onChange={() => props.onChoose(option.value)}
            />
            <span className="radio-card-label">{option.label}</span>
            <span className="radio-card-help">{option.help}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
