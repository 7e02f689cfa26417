// Bundles GraphiQL and the workers of its editor into dist/, each file compressed as it will be sent. Needs no network.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = new URL("dist/", import.meta.url).pathname;
const common = {
  bundle: true,
  minify: true,
  legalComments: "none",
  target: "es2022",
  logLevel: "warning",
  write: false,
  metafile: true,
  define: { "process.env.NODE_ENV": '"production"' },
};

// GraphiQL's own style sheet holds that of the editor.
const styles = {
  name: "styles",
  setup(build) {
    build.onLoad({ filter: /monaco-editor\/.*\.css$/ }, () => ({ contents: "", loader: "empty" }));
  },
};

const editor = await build({
  ...common,
  entryPoints: { graphiql: "src/main.jsx" },
  outdir: out,
  format: "esm",
  splitting: true,
  chunkNames: "[name]-[hash]",
  jsx: "automatic",
  plugins: [styles],
});
const workers = await build({
  ...common,
  entryPoints: {
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
  },
  outdir: out,
  format: "iife",
});

/** The licence of every package of which something is in the bundle: each asks for its notice to go with the copies. */
async function licences() {
  const inputs = [editor, workers].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean);
  const notices = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? await readFile(`${folder}/${file}`, "utf8") : "";
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return Buffer.from((await Promise.all(notices)).join(`\n${"-".repeat(80)}\n\n`));
}

for (const name of await readdir(out)) {
  if (name.endsWith(".gz")) await rm(out + name);
}
const files = [...editor.outputFiles, ...workers.outputFiles];
files.push({ path: `${out}licences.txt`, contents: await licences() });
for (const { path, contents } of files) {
  await writeFile(`${path}.gz`, gzipSync(contents, { level: 9 }));
}
