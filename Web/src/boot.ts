// Runs before the first paint, so that the page never flashes in another theme. The keys are those of app/theme.ts and
// i18n/language.ts.
{
  const root = document.documentElement;
  const theme = localStorage.getItem("luthier.theme");
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset["theme"] = isDark ? "dark" : "light";
  const language = localStorage.getItem("luthier.language") ?? navigator.language;
  root.lang = language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}
export {};
