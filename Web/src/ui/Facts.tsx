/** Short facts in a row, with dots between; where a line breaks no dot is seen, and a fact that fits into a line is never broken. */
export function Facts({ of }: { of: readonly string[] }) {
  return (
    <span className="fact-row">
      {of.map((fact, index) => (
        <span key={index} className="fact">
          {index > 0 && <span className="fact-dot"> · </span>}
          {fact}
        </span>
      ))}
    </span>
  );
}
