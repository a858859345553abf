/**
 * Facts that lie beside or above each other as boxes are copied as lines: name and value, or one fact behind the other, in one.
 *
 * The browser puts a line break at the edge of each box. So while it says what is chosen, they are made plain text; nothing is
 * painted in between.
 */
export function copyFactsAsLines(): void {
  document.addEventListener("copy", (event) => {
    const chosen = getSelection();
    if (!event.clipboardData || !chosen || chosen.isCollapsed || isField(document.activeElement)) return;
    if (![...document.querySelectorAll(".fact-row, .facts, .parameters")].some((each) => chosen.containsNode(each, true))) return;
    document.documentElement.classList.add("copying");
    const text = chosen.toString();
    document.documentElement.classList.remove("copying");
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  });
}

/** Whether what is copied is in a field, whose text no selection of the page holds. */
function isField(element: Element | null): boolean {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}
