/**
 * What a control that is only a sign is called, for who holds the pointer over it.
 *
 * Within the control and not on it: a title there would be its description too, and its name be read twice.
 */
export function Hint({ text }: { text: string }) {
  return <span className="hint" title={text} aria-hidden="true" />;
}
