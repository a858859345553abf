import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./tokens.css";
import "./app/base.css";
import "./app/shell.css";
import "./ui/ui.css";
import { startAccount } from "./app/account.js";
import { App } from "./app/App.js";
import { startEvents } from "./events/events.js";

startAccount();
startEvents();
const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
