let asked: Promise<void> | undefined;

/** The styles of all that is behind the login, in one sheet: asked for once, by boot.ts where somebody is signed in. */
export function moreStyles(): Promise<void> {
  asked ??= new Promise((resolve, reject) => {
    const href = document.querySelector<HTMLMetaElement>('meta[name="more-styles"]')?.content ?? "";
    let link = document.querySelector<HTMLLinkElement>(`link[rel="stylesheet"][href="${href}"]`);
    if (link?.sheet) return resolve();
    if (!link) {
      link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
      document.head.append(link);
    }
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      asked = undefined;
      link?.remove();
      reject(new Error("the styles did not come"));
    });
  });
  return asked;
}
