import { useState, type DragEvent, type HTMLAttributes, type ReactNode } from "react";

/** Where files can be dropped; `children` is told whether some are held over it. */
export function DropZone(
  props: Omit<HTMLAttributes<HTMLDivElement>, "children" | "onDrop"> & {
    onDrop: (files: DataTransfer) => void;
    children: (isOver: boolean) => ReactNode;
  },
) {
  const { onDrop, children, ...rest } = props;
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    <div
      {...rest}
      data-over={isOver}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onDrop(event.dataTransfer);
      }}
    >
      {children(isOver)}
    </div>
  );
}
