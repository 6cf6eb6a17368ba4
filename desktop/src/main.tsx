// Starts the page.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Kit } from "#ui/kit.tsx";
import { App } from "./app/App";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Kit>
        <App />
      </Kit>
    </StrictMode>,
  );
}
