// How the page is built: files whose names hold a digest, no script or style within the page.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const own = { target: "http://127.0.0.1:7800", changeOrigin: false };

export default defineConfig({
  plugins: [svelte()],
  build: {
    // Chromium 109 is the last that runs on Windows 7 and 8.1, which sites still have.
    target: "chrome109",
    // dist/.gitignore stays; `npm run build` takes the rest away.
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // A page that is worked on asks a server of one's own. The server must be called by the name that the browser knows, or
  // it takes the page for another site's.
  server: { proxy: { "/v1": own, "^/liuhen\\.": own } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
