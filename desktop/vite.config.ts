// Builds the page that the window embeds. Nothing is fetched at run time: fonts, styles and code come out of `dist/`.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    // WebKitGTK 2.40 (Debian 12, Ubuntu 22.04) reads this; WebView2 and WKWebView are newer.
    target: "safari16.4",
    // The content policy allows fonts of our own origin only, so none may become a `data:` address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
});
