import { useEffect, useRef, type ReactNode } from "react";
import { isNavigated, Link } from "../app/router.js";
import { Icon } from "./Icon.js";

/** The head of a page: its one h1, which takes the focus when the page was come to, and the title of the tab. */
export function PageHead(props: {
  title: string;
  sub?: ReactNode;
  actions?: ReactNode;
  /** Where it is one of. */
  parent?: { readonly to: string; readonly name: string };
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · Luthier`;
  }, [props.title]);
  useEffect(() => {
    if (isNavigated()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="page-head">
      <div className="page-words">
        {props.parent && (
          <Link className="page-parent" to={props.parent.to}>
            <Icon name="left" size={12} />
            {props.parent.name}
          </Link>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.sub && <div className="page-sub">{props.sub}</div>}
      </div>
      {props.actions && <div className="page-actions">{props.actions}</div>}
    </header>
  );
}

/** A part of a page under a heading. */
export function Section(props: { title: string; actions?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="section" aria-label={props.title} id={props.id}>
      <div className="section-head">
        <h2>{props.title}</h2>
        {props.actions}
      </div>
      {props.children}
    </section>
  );
}

/** Where there is nothing yet: what would be here, and how it comes. */
export function Empty(props: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{props.title}</p>
      {props.children && <div className="empty-text">{props.children}</div>}
      {props.actions && <div className="empty-actions">{props.actions}</div>}
    </div>
  );
}

/** The room that something will take while it is read. */
export function Skeleton({ lines = 3, label }: { lines?: number; label: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} aria-hidden="true" />
      ))}
    </div>
  );
}
