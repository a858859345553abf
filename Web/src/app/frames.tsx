import { renderToStaticMarkup } from "react-dom/server";
import Login from "../features/account/Login.js";
import { chooseLanguage } from "../i18n/language.js";
import { Loading } from "./Loading.js";
import { Shell } from "./Shell.js";

/**
 * What is painted before the page's script has run: the login, and the frame of every page behind it, in each language, by name
 * (`login-en`). The build puts them into the document as templates and `boot.ts` chooses; the script replaces what it chose by the
 * same, alive. Nothing of it can be used until then: it is inert, and what is written into it would be lost.
 */
export function frames(): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  for (const language of ["en", "zh"] as const) {
    chooseLanguage(language);
    const shell = (
      <Shell isFull={false}>
        <Loading />
      </Shell>
    );
    for (const [name, frame] of [["login", <Login />], ["shell", shell]] as const) {
      const text = renderToStaticMarkup(frame);
      // The form's fields are marked too: a browser's keeper of passwords would fill them.
      made.set(`${name}-${language}`, text.replace("<div", "<div inert").replace(/<input /g, "<input readonly ").replace(/ autofocus=""/g, ""));
    }
  }
  return made;
}
