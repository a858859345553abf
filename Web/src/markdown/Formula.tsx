import { memo, useEffect, useRef, useState } from "react";

/** A formula, set by KaTeX once that has come; until then, and where it is not one, as it was written. */
export const Formula = memo(function Formula({ text, isDisplay }: { text: string; isDisplay: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  const [isSet, setIsSet] = useState(false);
  useEffect(() => {
    let isGone = false;
    import("./katex.js").then(
      ({ setFormula }) => {
        if (!isGone && place.current) setIsSet(setFormula(text, isDisplay, place.current));
      },
      () => undefined, // offline: the formula stays as it was written
    );
    return () => {
      isGone = true;
    };
  }, [text, isDisplay]);
  return (
    <span className={isDisplay ? "md-formula md-formula-display" : "md-formula"}>
      <span ref={place} />
      {!isSet && <code>{text}</code>}
    </span>
  );
});
