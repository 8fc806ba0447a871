import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { PurgeCSS } from "purgecss";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");

// One SVG sprite with the icons named in src/icons.json and no other, so a page loads one small file.
function iconSprite() {
  return {
    name: "icon-sprite",
    generateBundle() {
      const names = JSON.parse(readFileSync(resolve(here, "src/icons.json"), "utf8"));
      const symbols = names.map((name) => {
        const svg = readFileSync(resolve(here, `node_modules/@tabler/icons/icons/outline/${name}.svg`), "utf8");
        const shapes = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>[\s\S]*$/, "").replace(/\s+/g, " ").trim();
        return (
          `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
          `stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`
        );
      });
      this.emitFile({
        type: "asset",
        fileName: "sprite.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`,
      });
    },
  };
}

// Tabler is large; keep the rules whose classes occur in a template, a template tag or a script of ours.
function purgeUnusedCss() {
  return {
    name: "purge-unused-css",
    enforce: "post",
    async generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (!file.fileName.endsWith(".css")) continue;
        const [purged] = await new PurgeCSS().purge({
          content: [
            `${root}/{accounts,practitioners,adoption,coaching,pilots,web}/templates/**/*.html`,
            `${root}/web/templatetags/*.py`,
            `${root}/web/*.py`,
            `${root}/web/views/*.py`,
            `${here}/src/*.js`,
            `${here}/public/*.js`,
          ],
          css: [{ raw: String(file.source) }],
          // Classes put together at run time from a tone or a segment's code.
          safelist: {
            standard: ["show", "active", "disabled", "is-invalid", "htmx-request", "htmx-swapping", "htmx-settling"],
            greedy: [/data-bs-theme/, /^tone-/, /^segment-/, /^share-/, /:root/],
          },
          defaultExtractor: (content) => content.match(/[\w-/:.%]+(?<![:.])/g) ?? [],
          fontFace: false,
          variables: true,
        });
        file.source = purged.css;
      }
    },
  };
}

export default defineConfig({
  root: here,
  base: "./",
  publicDir: resolve(here, "public"),
  plugins: [iconSprite(), purgeUnusedCss()],
  build: {
    outDir: resolve(here, "../static/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // Each is whole in itself: a page names the ones that it needs, so none imports another.
      input: {
        main: resolve(here, "src/main.js"),
        state: resolve(here, "src/state.js"),
        charts: resolve(here, "src/charts.js"),
      },
    },
  },
});
