import { useEffect, useRef, type FormEvent, type ReactNode } from "react";
import { Mark } from "../../app/Mark.js";
import { Preferences } from "../../app/Preferences.js";
import { useWords } from "../../i18n/words.js";
import "./account.css";
import { accountWords } from "./words.js";

/** The frame of the pages before the login. */
export function Gate(props: { title: string; onSubmit: () => void; children: ReactNode; foot: ReactNode }) {
  const say = useWords(accountWords);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · Luthier`;
  }, [props.title]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSubmit();
  };
  return (
    <div className="gate">
      <header className="gate-tools">
        <Preferences />
      </header>
      <main className="gate-main">
        <div className="gate-brand">
          <span className="brand">
            <Mark />
            Luthier
          </span>
          <p>{say("tagline")}</p>
        </div>
        <form className="card gate-form" onSubmit={submit} noValidate>
          <h1 ref={heading} tabIndex={-1}>
            {props.title}
          </h1>
          {props.children}
        </form>
        <p className="gate-foot">{props.foot}</p>
      </main>
    </div>
  );
}
