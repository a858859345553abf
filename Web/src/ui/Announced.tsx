import { useEffect, useRef, useState } from "react";

/** Tells who cannot see it that something has changed since the page was come to; what it was at first they have read. */
export function Announced({ text }: { text: string }) {
  const first = useRef(text);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (text === first.current) return;
    first.current = "";
    setSaid(text);
  }, [text]);
  return (
    <div className="visually-hidden" role="status">
      {said}
    </div>
  );
}
