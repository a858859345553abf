import { useLayoutEffect, useRef, type ReactNode } from "react";

/** What lies over the page and keeps the focus inside; the focus goes in and comes back by itself, Escape and the ground close it. */
export function Modal(props: {
  className: string;
  onClose: () => void;
  children: ReactNode;
  "aria-label"?: string;
  "aria-labelledby"?: string;
}) {
  const { onClose, ...rest } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed while it still stands in the page: only then does the browser give the focus back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      {...rest}
      ref={dialog}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    />
  );
}
