/**
 * Short facts in a row, with dots between; where a line breaks no dot is seen, and a fact that fits into a line is never broken.
 *
 * `isEnd`: the lines stand at the end, each fact with its dot behind it.
 */
export function Facts({ of, isEnd = false }: { of: readonly string[]; isEnd?: boolean }) {
  return (
    <span className={isEnd ? "fact-row fact-row-end" : "fact-row"}>
      {of.map((fact, index) => (
        <span key={index} className="fact">
          {!isEnd && index > 0 && <span className="fact-dot"> · </span>}
          {fact}
          {isEnd && index < of.length - 1 && <span className="fact-dot"> · </span>}
        </span>
      ))}
    </span>
  );
}
