import { defineConfig } from "vitest/config";

// Where `script/ui` finds the server whose API the page uses.
const server = process.env.ABLE_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    // Everything in as few files as there are kinds, under names that stay: they are committed and part of the program.
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    sourcemap: false,
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        codeSplitting: false,
        entryFileNames: "app.js",
        assetFileNames: "app[extname]",
      },
    },
  },
  server: {
    port: 5173,
    proxy: {
      "/api": {
        target: server,
        changeOrigin: true,
        // The server takes changes from its own page only.
        headers: { origin: new URL(server).origin },
      },
    },
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["src/**/*.test.ts"], environment: "node" },
      },
      {
        extends: true,
        test: { name: "page", include: ["tests/page.test.ts"], environment: "node", testTimeout: 180_000 },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/*.test.ts"],
          environment: "node",
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
