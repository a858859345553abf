import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./tokens.css";
import "./app/base.css";
import "./app/shell.css";
import "./ui/ui.css";
import { startAccount } from "./app/account.js";
import { App, goWhereOneMust } from "./app/App.js";
import { startEvents } from "./events/events.js";
import { copyFactsAsLines } from "./ui/copying.js";

startAccount();
copyFactsAsLines();
goWhereOneMust();
const place = document.getElementById("root");

function start(): void {
  if (!place) return;
  startEvents();
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

// What boot.ts put there is painted before React takes the thread; a page that nobody sees is never painted.
if (place?.hasChildNodes() && !document.hidden) requestAnimationFrame(() => setTimeout(start));
else start();
