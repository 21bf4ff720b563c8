// Builds static/built/ from static/{css,js,img} and the packages of the lock file.
//
// Every file gets a name with the hash of its content, so that it can be cached for ever, and stands beside its .br and
// .gz. manifest.json leads from the name that templates use ("css/base.css") to the built one ("css/base.4GDUPRSV.css").
// Each file directly in css/ or js/ is an entry of its own; what lies in folders below comes in by import.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "static");
const packages = join(here, "node_modules");
const target = join(source, "built");
const fresh = join(source, "built.new");

const VENDOR = {
  "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
};
// What typst draws papers with (app/formats/paper.py): it reads TTF, and fonts/ holds nothing else
const PRINT = {
  "fonts/NotoSans-Regular.ttf": "@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf",
  "fonts/NotoSans-Bold.ttf": "@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf",
  "fonts/NotoSansArabic-Regular.ttf": "@expo-google-fonts/noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf",
  "fonts/NotoSansArabic-Bold.ttf": "@expo-google-fonts/noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf",
};
const LICENCES = {
  "OpenLayers (ol)": "ol/LICENSE.md",
  "rbush": "rbush/LICENSE",
  "pbf": "pbf/LICENSE",
  "earcut": "earcut/LICENSE",
  "htmx": "htmx.org/LICENSE",
  "Noto Sans": "@fontsource/noto-sans/LICENSE",
  "Noto Sans Arabic": "@fontsource/noto-sans-arabic/LICENSE",
};
const COMPRESSIBLE = new Set([".css", ".js", ".json", ".svg", ".txt"]);

function entries(folder, extension) {
  const path = join(source, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => extname(name) === extension).map((name) => join(path, name));
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function bundle() {
  const result = await build({
    entryPoints: [...entries("css", ".css"), ...entries("js", ".js")],
    outdir: fresh,
    outbase: source,
    entryNames: "[dir]/[name].[hash]",
    chunkNames: "js/chunks/[name].[hash]",
    assetNames: "assets/[name].[hash]",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: ["chrome100", "firefox100", "safari15.4"],
    legalComments: "none",
    logLevel: "warning",
  });
  const names = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint) names[nameOf(output.entryPoint)] = relative(fresh, path);
  }
  return names;
}

function nameOf(entryPoint) {
  return relative(source, join(process.cwd(), entryPoint));
}

function copyHashed(name, from) {
  const hash = createHash("sha256").update(readFileSync(from)).digest("hex").slice(0, 8).toUpperCase();
  const extension = extname(name);
  const hashed = join(dirname(name), `${basename(name, extension)}.${hash}${extension}`);
  mkdirSync(dirname(join(fresh, hashed)), { recursive: true });
  copyFileSync(from, join(fresh, hashed));
  return [name, hashed];
}

function copies() {
  const vendor = Object.entries(VENDOR).map(([name, path]) => copyHashed(name, join(packages, path)));
  const images = filesBelow(join(source, "img")).map((path) => copyHashed(relative(source, path), path));
  return Object.fromEntries([...vendor, ...images]);
}

function printFonts() {
  mkdirSync(join(fresh, "fonts"), { recursive: true });
  for (const [name, path] of Object.entries(PRINT)) copyFileSync(join(packages, path), join(fresh, name));
}

function licences() {
  return Object.entries(LICENCES)
    .map(([name, path]) => `${name}\n${"=".repeat(name.length)}\n\n${readFileSync(join(packages, path), "utf8")}`)
    .join("\n\n");
}

async function compress(path) {
  const bytes = readFileSync(path);
  const br = await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const gz = await promisify(gzip)(bytes, { level: 9 });
  // A file that compression does not make smaller is served plain.
  if (br.length < bytes.length) writeFileSync(`${path}.br`, br);
  if (gz.length < bytes.length) writeFileSync(`${path}.gz`, gz);
}

process.chdir(here);
rmSync(fresh, { recursive: true, force: true });
const manifest = { ...(await bundle()), ...copies() };
printFonts();
writeFileSync(join(fresh, "licences.txt"), licences());
const names = Object.entries(manifest).sort(([one], [other]) => (one < other ? -1 : 1));
await Promise.all(filesBelow(fresh).filter((path) => COMPRESSIBLE.has(extname(path))).map(compress));
writeFileSync(join(fresh, "manifest.json"), JSON.stringify(Object.fromEntries(names), null, 2) + "\n");
// Swapped in whole, so that a build that fails leaves the last good one in place.
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
