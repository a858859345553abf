import { chooseLanguage, useLanguage } from "../i18n/language.js";
import { useWords } from "../i18n/words.js";
import { Icon } from "../ui/Icon.js";
import { Menu } from "../ui/Menu.js";
import { chooseTheme, useTheme, type Theme } from "./theme.js";
import { appWords } from "./words.js";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** The language and the theme, each in a menu. */
export function Preferences({ isUp = false }: { isUp?: boolean }) {
  const say = useWords(appWords);
  const language = useLanguage();
  const theme = useTheme();
  return (
    <>
      <Menu
        label={say("language")}
        isUp={isUp}
        items={[
          { label: "English", isChosen: language === "en", onSelect: () => chooseLanguage("en") },
          { label: "中文", isChosen: language === "zh", onSelect: () => chooseLanguage("zh") },
        ]}
      >
        <Icon name="globe" />
      </Menu>
      <Menu
        label={say("theme")}
        isUp={isUp}
        items={THEMES.map((each) => ({ label: say(each), isChosen: each === theme, onSelect: () => chooseTheme(each) }))}
      >
        <Icon name="sun" />
      </Menu>
    </>
  );
}
