// Makes node_modules of links to Debian's packages: one link a package, so that nothing else can be imported by accident
// and no package registry is asked. Ends with 1 where a package is missing or has another version than package.json says.
const fs = require("fs");
const path = require("path");

const ROOTS = ["/usr/share/nodejs", "/usr/lib/x86_64-linux-gnu/nodejs", "/usr/lib/aarch64-linux-gnu/nodejs", "/usr/lib/nodejs"];
// What the named ones import themselves; their versions are Debian's business.
const INDIRECT = ["scheduler", "object-assign", "loose-envify", "js-tokens", "prop-types", "@types/prop-types", "@types/scheduler"];

const manifest = JSON.parse(fs.readFileSync(path.join(__dirname, "package.json"), "utf8"));
const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
const modules = path.join(__dirname, "node_modules");

/** The version of an installed package: some of Debian's have none of their own. */
function versionOf(folder) {
  try {
    return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

const problems = [];
fs.rmSync(modules, { recursive: true, force: true });
for (const name of [...Object.keys(wanted), ...INDIRECT]) {
  const folder = ROOTS.map((root) => path.join(root, name)).find((candidate) => fs.existsSync(candidate));
  if (!folder) {
    if (wanted[name]) problems.push(`${name} is not installed`);
    continue;
  }
  const version = versionOf(folder);
  if (wanted[name] && version !== wanted[name]) problems.push(`${name} is ${version}, package.json says ${wanted[name]}`);
  fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
  fs.symlinkSync(folder, path.join(modules, name), "dir");
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  console.error("scripts/install-packages page installs what the page is built from.");
  process.exit(1);
}
