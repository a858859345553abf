import { Icon, type IconName } from "./Icon.js";

/** How something stands. Colour, shape and word say the same. */
export type Tone = "idle" | "waiting" | "running" | "good" | "bad";

const SIGNS: Record<Tone, IconName | undefined> = { idle: "minus", waiting: "more", running: undefined, good: "check", bad: "close" };

export function State({ tone, icon, children }: { tone: Tone; icon?: IconName; children: React.ReactNode }) {
  const sign = icon ?? SIGNS[tone];
  return (
    <span className={`state state-${tone}`}>
      {sign ? <Icon name={sign} size={12} /> : <span className="state-pulse" aria-hidden="true" />}
      {children}
    </span>
  );
}

/** How far something is, from 0 to 1; without a value, that it goes on. */
export function Progress({ value, label }: { value: number | undefined; label: string }) {
  return <progress className="progress" aria-label={label} max={1} {...(value === undefined ? {} : { value })} />;
}
