import { forwardRef, Fragment, useId, useImperativeHandle, useRef } from "react";
import { DropZone } from "../../ui/DropZone.js";

/** What another part of the page may ask of the editor. */
export interface Editor {
  /** Shows a line, from 1, and marks it for who writes. */
  goTo(line: number): void;
}

interface Props {
  readonly label: string;
  readonly value: string;
  /** Lines with something wrong, from 1. */
  readonly wrong: ReadonlySet<number>;
  readonly onChange: (value: string) => void;
  /** A file was dropped on it. */
  readonly onFile: (file: File) => void;
  readonly dropNow: string;
}

/** Text with the numbers of its lines; a file can be dropped on it. */
export const FileEditor = forwardRef<Editor, Props>(function FileEditor({ label, value, wrong, onChange, onFile, dropNow }, ref) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLPreElement>(null);
  useImperativeHandle(ref, () => ({
    goTo(line) {
      const element = area.current;
      if (!element) return;
      const lines = element.value.split("\n");
      const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
      element.focus();
      element.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
      // The browser shows the selection's end by itself only when somebody types.
      element.scrollTop = Math.max(0, (element.scrollHeight / lines.length) * (line - 4));
    },
  }));
  const count = value.split("\n").length;
  return (
    <DropZone className="editor" onDrop={({ files: [file] }) => file && onFile(file)}>
      {(isOver) => (
        <>
          <label htmlFor={id} className="visually-hidden">
            {label}
          </label>
          <pre className="editor-numbers" aria-hidden="true" ref={numbers}>
            {Array.from({ length: count }, (_, index) => index + 1).map((line) =>
              wrong.has(line) ? (
                <Fragment key={line}>
                  <b className="editor-wrong">{line}</b>
                  {"\n"}
                </Fragment>
              ) : (
                `${line}\n`
              ),
            )}
          </pre>
          <textarea
            id={id}
            ref={area}
            className="editor-text"
            wrap="off"
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            value={value}
            aria-invalid={wrong.size > 0 || undefined}
            onChange={(event) => onChange(event.currentTarget.value)}
            onScroll={(event) => {
              if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
            }}
          />
          {isOver && <p className="editor-drop">{dropNow}</p>}
        </>
      )}
    </DropZone>
  );
});
