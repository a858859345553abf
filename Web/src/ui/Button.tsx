import type { ButtonHTMLAttributes } from "react";
import { Link } from "../app/router.js";
import { Hint } from "./Hint.js";
import { Icon, type IconName } from "./Icon.js";

type Look = "plain" | "primary" | "quiet" | "danger";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look;
  readonly icon?: IconName;
  /** Something it began is under way: it cannot be pressed again, and keeps the focus. */
  readonly isBusy?: boolean;
}

export function Button({ look = "plain", icon, isBusy = false, className = "", children, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      className={`button button-${look} ${className}`.trim()}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A control that is only a sign; `label` is what it is called. */
export function IconButton({ icon, label, className = "", ...rest }: Omit<Props, "look"> & { icon: IconName; label: string }) {
  return (
    <button type="button" className={`icon-button ${className}`.trim()} aria-label={label} {...rest}>
      <Icon name={icon} />
      <Hint text={label} />
    </button>
  );
}

/** Looks like a button, and goes somewhere. */
export function ButtonLink(props: { to: string; look?: Look; icon?: IconName; children: React.ReactNode }) {
  return (
    <Link to={props.to} className={`button button-${props.look ?? "plain"}`}>
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </Link>
  );
}
