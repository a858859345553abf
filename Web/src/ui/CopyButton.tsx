import { useState } from "react";
import { useWords } from "../i18n/words.js";
import { copyText } from "./copyText.js";
import { Button } from "./Button.js";
import { uiWords } from "./words.js";

/** Copies a text, and says that it did. One that is long to make is made when it is copied. */
export function CopyButton({ text, label, look = "quiet" }: { text: string | (() => string); label?: string; look?: "quiet" | "primary" }) {
  const say = useWords(uiWords);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(typeof text === "string" ? text : text()))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <Button look={look} icon={isCopied ? "check" : "copy"} onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? say("copied") : (label ?? say("copy"))}</span>
    </Button>
  );
}
