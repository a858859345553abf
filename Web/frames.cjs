// What is painted before the page's script runs (src/app/frames.tsx), drawn by the page's own parts in a world with nothing in it.
const vm = require("vm");

/** Nothing is kept, nobody is signed in, and nothing happens. */
function emptyWorld() {
  const nothing = () => {};
  const storage = { getItem: () => null, setItem: nothing, removeItem: nothing };
  const world = {
    localStorage: storage,
    sessionStorage: storage,
    location: { pathname: "/", search: "" },
    navigator: { language: "en", languages: ["en"] },
    document: { documentElement: { lang: "en", dataset: {} }, querySelector: () => null },
    matchMedia: () => ({ matches: false, addEventListener: nothing }),
    addEventListener: nothing,
    TextEncoder,
    console,
  };
  return Object.assign(world, { window: world });
}

/** The frames as templates of the document, from the script that esbuild made of frames.tsx (format iife, global name `made`). */
function templatesOf(script) {
  const frames = vm.runInNewContext(`${script}; made.frames()`, emptyWorld());
  return [...frames].map(([name, markup]) => `<template id="frame-${name}">${markup}</template>`).join("\n");
}

module.exports = { templatesOf };
