// Builds the page into dist/: hashed assets, index.html and page.pack, the one file that is built into the program.
// Usage: build.cjs [--watch]     (--watch builds again at each change, not minified)
const childProcess = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");
const { templatesOf } = require("./frames.cjs");

// Debian's module looks for its program beside itself; npm's knows where its own is.
const modules = path.join(__dirname, "node_modules");
if (fs.lstatSync(path.join(modules, "esbuild")).isSymbolicLink()) process.env.ESBUILD_BINARY_PATH ||= "/usr/bin/esbuild";
const esbuild = require("esbuild");

const isWatching = process.argv.includes("--watch");
const OUT = path.join(__dirname, "dist");
const ASSETS = path.join(OUT, "assets");
const CACHE = path.join(__dirname, ".cache");
/** The file that carries the pack into the program: touched so that the next build takes the new one. */
const CARRIER = path.join(__dirname, "..", "Sources", "Bindings", "CPage", "page.S");
const ENTRY = "src/main.tsx";
/** Bytes, brotli, of the document and what must come before the login is seen; the aim is 100 KB with the answers' headers. */
const ENTRY_LIMIT = 88_000;
const TYPES = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

const INTER = "/usr/share/fonts/truetype/inter-vf/Inter-roman.var.ttf";
// The marks that Chinese shares with Latin (“ ” ‘ ’ — …) are full width there: they must come from the Chinese font. The dot (·) is
// too, but on this page it parts facts.
const PARTS = [
  {
    name: "basic", // what nearly every page has, asked for with it
    latin: "U+0020-007E,U+00A0,U+00B7,U+00D7,U+2013-2014,U+2018-2019,U+201C-201D,U+2022,U+2026,U+203A,U+2190-2193,U+2212",
    chinese: "U+0020-007E,U+00A0,U+00B7,U+00D7,U+2013,U+203A,U+2190-2193,U+2212",
  },
  {
    name: "more", // fetched where a page has one of them
    latin:
      "U+00A1-00B6,U+00B8-00D6,U+00D8-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-2012,U+2015-2017," +
      "U+201A-201B,U+201E-2021,U+2023-2025,U+2027-2039,U+203B-206F,U+20AC,U+2122,U+2215",
    chinese: "U+00A1-00B6,U+00B8-00D6,U+00D8-00FF,U+0131,U+0152-0153,U+2000-2012,U+2030-2039,U+203B-205E,U+20AC,U+2122,U+2215",
  },
];
/** Kerning, and what the styles ask for: figures of one width, the open and the round forms. */
const FEATURES = "kern,tnum,cv11,ss03";
/** The weights that the styles ask for. */
const WEIGHTS = "wght=400:700";
/** Cuts parts and the weights in use out of Inter, once, and writes fonts.css beside them; gives the path of fonts.css. */
function makeFonts() {
  fs.mkdirSync(CACHE, { recursive: true });
  const sheet = path.join(CACHE, "fonts.css");
  const face = (family, font, range) =>
    `@font-face { font-family: "${family}"; src: url("./${path.basename(font)}") format("woff2"); font-weight: 400 700; ` +
    `font-display: swap; unicode-range: ${range}; }\n`;
  const faces = PARTS.map(({ name, latin, chinese }) => {
    const font = cutFont(name, latin);
    return face("Inter Variable", font, latin) + face("Inter CJK", font, chinese);
  });
  fs.writeFileSync(sheet, faces.join(""));
  return sheet;
}

function cutFont(name, characters) {
  const how = hashOf(Buffer.from([characters, FEATURES, WEIGHTS].join())).slice(0, 8);
  const font = path.join(CACHE, `inter-${name}-${how}.woff2`);
  if (fs.existsSync(font) && fs.statSync(font).mtimeMs >= fs.statSync(INTER).mtimeMs) return font;
  const run = (...words) => childProcess.execFileSync(words[0], words.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  const cut = ["--layout-features=" + FEATURES, "--no-hinting", "--name-IDs=1,2"];
  run("pyftsubset", INTER, `--unicodes=${characters}`, ...cut, `--output-file=${font}.ttf`);
  run("fonttools", "varLib.instancer", "--quiet", `${font}.ttf`, WEIGHTS, "-o", `${font}.cut`);
  run("pyftsubset", `${font}.cut`, "--unicodes=*", ...cut, "--flavor=woff2", `--output-file=${font}.new`);
  fs.renameSync(`${font}.new`, font);
  for (const rest of ["ttf", "cut"]) fs.rmSync(`${font}.${rest}`);
  return font;
}

/** KaTeX names each font in three formats; every browser the page runs in takes the first. */
const onlyWoff2 = {
  name: "only-woff2",
  setup(build) {
    build.onLoad({ filter: /katex[^/]*\.css$/ }, ({ path: file }) => ({
      contents: fs.readFileSync(file, "utf8").replace(/,url\([^)]*\.(woff|ttf)\) format\(["'][a-z]+["']\)/g, ""),
      loader: "css",
    }));
  },
};

const shared = {
  bundle: true,
  minify: !isWatching,
  metafile: true,
  write: false,
  outdir: ASSETS,
  absWorkingDir: __dirname,
  publicPath: "/assets",
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  target: ["es2021", "chrome100", "firefox100", "safari15"],
  jsx: "automatic",
  loader: { ".woff2": "file", ".svg": "file" },
  define: { "process.env.NODE_ENV": isWatching ? '"development"' : '"production"' },
  legalComments: "linked",
  preserveSymlinks: true,
  plugins: [onlyWoff2],
  logLevel: "warning",
};

/** One bundle: its files by name, and what esbuild says of them. */
async function bundle(options) {
  const result = await esbuild.build({ ...shared, ...options });
  const files = new Map(result.outputFiles.map((file) => [path.basename(file.path), Buffer.from(file.contents)]));
  const outputs = new Map(Object.entries(result.metafile.outputs).map(([file, output]) => [path.basename(file), output]));
  return { files, outputs, inputs: result.metafile.inputs };
}

function hashOf(bytes) {
  return crypto.createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

function single({ files }, extension) {
  const found = [...files.keys()].filter((name) => name.endsWith(extension));
  if (found.length !== 1) throw new Error(`one ${extension} file was expected, not: ${found.join(", ")}`);
  return found[0];
}

/**
 * The page, parted as its `import()`s say. Of what the first page needs esbuild would make a file for each set of pages that share
 * it, and a browser would fetch a dozen before it shows anything: every other page imports all of it too, so that it is one.
 */
async function bundlePage() {
  const options = { entryPoints: [ENTRY], format: "esm", splitting: true };
  const parted = await bundle(options);
  const core = importedBy(parted.inputs, [ENTRY]).filter((file) => /^src.*\.tsx?$/.test(file) && file !== ENTRY);
  const pages = new Set([...parted.outputs.values()].map(({ entryPoint }) => entryPoint).filter((file) => file && file !== ENTRY));
  const oneCore = {
    name: "one-core",
    setup(build) {
      build.onResolve({ filter: /^core:$/ }, () => ({ path: "core", namespace: "core" }));
      build.onLoad({ filter: /./, namespace: "core" }, () => ({
        contents: core.map((file) => `import "./${file}";`).join("\n"),
        resolveDir: __dirname,
      }));
      build.onLoad({ filter: /\.tsx?$/ }, ({ path: file }) => {
        if (!pages.has(path.relative(__dirname, file))) return undefined;
        return { contents: `import "core:";\n${fs.readFileSync(file, "utf8")}`, loader: path.extname(file).slice(1) };
      });
    },
  };
  return bundle({ ...options, plugins: [...shared.plugins, oneCore] });
}

/** A source's script and every chunk that it imports at once. */
function atOnce(outputs, source) {
  const found = [outputOf(outputs, source)[0]];
  for (const name of found) {
    for (const { path: file, kind } of outputs.get(name).imports) {
      const next = path.basename(file);
      if (kind === "import-statement" && outputs.has(next) && !found.includes(next)) found.push(next);
    }
  }
  return found;
}

function outputOf(outputs, source) {
  const found = [...outputs].find(([, output]) => output.entryPoint === source);
  if (!found) throw new Error(`${source} is no script of its own`);
  return found;
}

/** Sources and all that they import at once, in that order. */
function importedBy(inputs, sources) {
  const found = new Set();
  const add = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path: next, kind } of inputs[file].imports) if (kind === "import-statement" && next in inputs) add(next);
  };
  for (const source of sources) add(source);
  return [...found];
}

/**
 * All styles as two sheets: what is seen without a login, with the entry's first, and the rest, which `boot.ts` or the first page
 * behind the login asks for. Each source stands in one of them once, though esbuild gives each entry its own copy; the order of
 * the rest is by name, so that two builds are the same.
 */
async function joinStyles(page, fonts) {
  const isOurs = (file) => file.endsWith(".css") && !file.startsWith("node_modules");
  const sheets = [...page.outputs].filter(([name]) => name.endsWith(".css"));
  const first = importedBy(page.inputs, [ENTRY]).filter(isOurs);
  const all = new Set(sheets.flatMap(([, output]) => Object.keys(output.inputs)).filter(isOurs));
  const rest = [...all].sort().filter((file) => !first.includes(file));
  const join = async (name, files, before = []) => {
    const contents = files.map((file) => `@import "./${file}";`).join("\n");
    const joined = await bundle({ stdin: { contents, loader: "css", resolveDir: __dirname } });
    const bytes = Buffer.concat([...before, joined.files.get(single(joined, ".css"))]);
    return { name: `${name}-${hashOf(bytes).slice(0, 8).toUpperCase()}.css`, bytes };
  };
  const [style, more] = await Promise.all([join("page", first, [fonts.files.get(single(fonts, ".css"))]), join("more", rest)]);
  for (const [name] of sheets) page.files.delete(name);
  fonts.files.delete(single(fonts, ".css"));
  return { style, more };
}

/** The document of the hidden frame that makes the worker of the events (src/events/door.ts). */
function doorOf(script, worker) {
  const head = [`<meta name="worker" content="/assets/${worker}">`, `<script src="/assets/${script}" defer></script>`].join("\n");
  const html = fs.readFileSync(path.join(__dirname, "src/events/door.html"), "utf8").replace("<!--head-->", () => head);
  const bytes = Buffer.from(html);
  return { name: `door-${hashOf(bytes).slice(0, 8).toUpperCase()}.html`, bytes };
}

function headOf({ boot, door, icon, font, style, more, scripts, templates }) {
  return [
    `<link rel="icon" type="image/svg+xml" href="/assets/${icon}">`,
    `<meta name="events-door" content="/assets/${door}">`,
    `<meta name="more-styles" content="/assets/${more}">`,
    // Before the script that takes one of them.
    templates,
    `<script src="/assets/${boot}"></script>`,
    `<link rel="stylesheet" href="/assets/${style}">`,
    `<script type="module" src="/assets/${scripts[0]}"></script>`,
    ...scripts.slice(1).map((name) => `<link rel="modulepreload" href="/assets/${name}">`),
    `<link rel="preload" as="font" type="font/woff2" crossorigin href="/assets/${font}">`,
  ].join("\n");
}

function compressed(name, raw) {
  if (name.endsWith(".woff2")) return { raw, gzip: Buffer.alloc(0), brotli: Buffer.alloc(0) };
  const quality = isWatching ? 4 : 11;
  return {
    raw,
    gzip: zlib.gzipSync(raw, { level: 9 }),
    brotli: zlib.brotliCompressSync(raw, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: quality } }),
  };
}

/**
 * The pack: a line that names the format, then each file as six fields (path, content type, hash, and its bytes raw, gzip,
 * brotli), each with its length before it as four bytes, least first. A form that would not be smaller is empty.
 */
function packOf(files) {
  const fields = [Buffer.from("luthier page 1\n")];
  for (const [name, { raw, gzip, brotli }] of files) {
    const type = TYPES[path.extname(name)];
    if (!type) throw new Error(`${name} has no content type in build.cjs`);
    const smaller = (bytes) => (bytes.length < raw.length ? bytes : Buffer.alloc(0));
    for (const field of [Buffer.from(name), Buffer.from(type), Buffer.from(hashOf(raw)), raw, smaller(gzip), smaller(brotli)]) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(field.length);
      fields.push(length, field);
    }
  }
  return Buffer.concat(fields);
}

/** Whether the file was changed by it. */
function writeIfOther(file, bytes) {
  if (fs.existsSync(file) && fs.readFileSync(file).equals(bytes)) return false;
  fs.writeFileSync(file, bytes);
  return true;
}

/** What goes to a browser that takes brotli. */
function bytesSent({ raw, brotli }) {
  return brotli.length || raw.length;
}

function report(files, entry) {
  const line = (name, ...sizes) => console.log(name.padEnd(40), ...sizes.map((size) => String(size).padStart(9)));
  line("", "bytes", "gzip", "brotli");
  for (const [name, { raw, gzip, brotli }] of files) line(name, raw.length, gzip.length || "", brotli.length || "");
  const size = entry.reduce((sum, name) => sum + bytesSent(files.get(name)), 0);
  line("first page: document, scripts, styles and font", "", "", size);
  if (size > ENTRY_LIMIT && !isWatching) throw new Error(`the first page takes more than ${ENTRY_LIMIT} bytes: load a part of it later`);
}

async function build() {
  const [page, boot, fonts, worker, doorScript, frames] = await Promise.all([
    bundlePage(),
    bundle({ entryPoints: ["src/boot.ts"], format: "iife" }),
    bundle({ entryPoints: [makeFonts()] }),
    bundle({ entryPoints: ["src/events/worker.ts"], format: "esm" }),
    bundle({ entryPoints: ["src/events/door.ts"], format: "iife" }),
    bundle({ entryPoints: ["src/app/frames.tsx"], format: "iife", globalName: "made", loader: { ...shared.loader, ".css": "empty" } }),
  ]);
  const scripts = atOnce(page.outputs, ENTRY);
  const { style, more } = await joinStyles(page, fonts);
  const font = [...fonts.files.keys()].find((name) => name.startsWith("inter-basic"));
  const icon = fs.readFileSync(path.join(__dirname, "icon.svg"));
  const iconName = `icon-${hashOf(icon).slice(0, 8).toUpperCase()}.svg`;
  const door = doorOf(single(doorScript, ".js"), single(worker, ".js"));
  const head = headOf({
    boot: single(boot, ".js"),
    door: door.name,
    icon: iconName,
    font,
    style: style.name,
    more: more.name,
    scripts,
    templates: templatesOf(frames.files.get(single(frames, ".js")).toString()),
  });
  const html = fs.readFileSync(path.join(__dirname, "index.html"), "utf8").replace("<!--head-->", () => head);

  const named = new Map([[style.name, style.bytes], [more.name, more.bytes], [iconName, icon], [door.name, door.bytes]]);
  for (const part of [page, boot, fonts, worker, doorScript]) for (const [name, bytes] of part.files) if (bytes.length > 0) named.set(name, bytes);
  const files = new Map([["index.html", compressed("index.html", Buffer.from(html))]]);
  for (const name of [...named.keys()].sort()) files.set(`assets/${name}`, compressed(name, named.get(name)));

  fs.mkdirSync(ASSETS, { recursive: true });
  for (const name of fs.readdirSync(ASSETS)) if (!named.has(name)) fs.rmSync(path.join(ASSETS, name));
  for (const [name, { raw }] of files) writeIfOther(path.join(OUT, name), raw);
  if (writeIfOther(path.join(OUT, "page.pack"), packOf(files))) {
    const now = new Date();
    if (fs.existsSync(CARRIER)) fs.utimesSync(CARRIER, now, now);
  }
  const assets = [single(boot, ".js"), ...scripts, style.name, font].map((name) => `assets/${name}`);
  report(files, ["index.html", ...assets]);
}

/** Builds, and builds again when something below src changes; what fails is said and waited out. */
async function watch() {
  let isWanted = true;
  fs.watch(path.join(__dirname, "src"), { recursive: true }, () => (isWanted = true));
  for (;;) {
    if (isWanted) {
      isWanted = false;
      await build().catch((error) => console.error(error.message));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

(isWatching ? watch() : build()).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
