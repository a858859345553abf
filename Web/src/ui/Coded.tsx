/** A sentence whose parts between backticks are code; what has no second backtick stands as it is. */
export function Coded({ text }: { text: string }) {
  return (
    <>
      {text.split(/`([^`]+)`/).map((part, place) =>
        place % 2 === 1 ? (
          <code key={place} className="coded">
            {part}
          </code>
        ) : (
          part
        ),
      )}
    </>
  );
}
