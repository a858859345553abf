/** What is used of KaTeX: Debian's package brings no types. */
declare module "katex" {
  interface Options {
    readonly displayMode?: boolean;
    readonly trust?: boolean;
    readonly strict?: "ignore" | "warn" | "error";
    readonly maxSize?: number;
    readonly maxExpand?: number;
  }
  const katex: { render(text: string, place: HTMLElement, options?: Options): void };
  export default katex;
}
