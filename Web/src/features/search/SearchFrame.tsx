import type { InputHTMLAttributes, ReactNode } from "react";
import { useWords } from "../../i18n/words.js";
import { Icon } from "../../ui/Icon.js";
import { Modal } from "../../ui/Modal.js";
import { searchWords } from "./words.js";

/**
 * The dialog with the field in which one types. It comes with the page's first script, so that it stands there, and takes what is
 * typed, while the rest of the search is still being fetched.
 */
export function SearchFrame(props: {
  query: string;
  onQuery: (query: string) => void;
  onClose: () => void;
  field?: InputHTMLAttributes<HTMLInputElement>;
  children?: ReactNode;
}) {
  const say = useWords(searchWords);
  return (
    <Modal className="dialog search" aria-label={say("search")} onClose={props.onClose}>
      <div className="search-field">
        <Icon name="search" />
        <input
          aria-label={say("search")}
          placeholder={say("placeholder")}
          value={props.query}
          maxLength={200}
          autoFocus
          onChange={(event) => props.onQuery(event.currentTarget.value)}
          {...props.field}
        />
      </div>
      {props.children}
    </Modal>
  );
}
