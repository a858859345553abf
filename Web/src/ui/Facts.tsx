import { Fragment } from "react";

/** Short facts in a row, with dots between: a line ends behind a dot, and never within a fact that fits into one. */
export function Facts({ of }: { of: readonly string[] }) {
  return (
    <>
      {of.map((fact, index) => (
        <Fragment key={index}>
          {index > 0 && " "}
          <span className="fact">{index < of.length - 1 ? `${fact} ·` : fact}</span>
        </Fragment>
      ))}
    </>
  );
}
