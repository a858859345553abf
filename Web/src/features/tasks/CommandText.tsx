import { Fragment } from "react";

/** A command whose options are never cut at their dashes: a line ends before one, or behind it. */
export function CommandText({ text }: { text: string }) {
  return (
    <>
      {text.split(/(--[\w-]+)/).map((part, index) => (index % 2 === 1 ? <span key={index} className="option">{part}</span> : <Fragment key={index}>{part}</Fragment>))}
    </>
  );
}
