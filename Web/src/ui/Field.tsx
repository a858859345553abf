import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";
import type { Problem } from "../api/problem.js";
import { useServerSentence } from "../i18n/server.js";
import { Coded } from "./Coded.js";

interface Common {
  readonly label: string;
  readonly help?: ReactNode;
  /** What is wrong with it, beside it; the server's words are put into the reader's language. */
  readonly error?: string | undefined;
}

/** A label, its control, what helps, and what is wrong; all tied together for who cannot see them. */
export function Field({
  label,
  help,
  error,
  children,
}: Common & { children: (ties: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode }) {
  const id = useId();
  const sayServer = useServerSentence();
  const described = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described ? { "aria-describedby": described } : {}),
        ...(error ? { "aria-invalid": true as const } : {}),
      })}
      {help && (
        <div className="field-help" id={`${id}-help`}>
          {help}
        </div>
      )}
      {error && (
        <div className="field-error" id={`${id}-error`} role="alert">
          <Coded text={sayServer(error)} />
        </div>
      )}
    </div>
  );
}

export function TextField({ label, help, error, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} help={help} error={error}>
      {(ties) => <input className="input" {...ties} {...input} />}
    </Field>
  );
}

export function TextArea({ label, help, error, ...input }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} help={help} error={error}>
      {(ties) => <textarea className="input input-area" {...ties} {...input} />}
    </Field>
  );
}

export function Select({ label, help, error, children, ...input }: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} help={help} error={error}>
      {(ties) => (
        <select className="input" {...ties} {...input}>
          {children}
        </select>
      )}
    </Field>
  );
}

export function Checkbox({ label, help, ...input }: Omit<Common, "error"> & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className="checkbox">
      <input type="checkbox" id={id} aria-describedby={help ? `${id}-help` : undefined} {...input} />
      <label htmlFor={id}>{label}</label>
      {help && (
        <div className="field-help" id={`${id}-help`}>
          {help}
        </div>
      )}
    </div>
  );
}

/** What the server said of a field: its message, and what to do. */
export function saidOf(problem: Problem | undefined, field: string): string | undefined {
  const said = problem?.of(field);
  return said && [said.message, said.hint].filter(Boolean).join(" ");
}
