#!/usr/bin/env node
// Installs the dependencies where they are missing or differ from package-lock.json, and returns
// within milliseconds where they do not. Runs on a fresh clone, so it needs nothing but Node and
// npm, and keeps to syntax that every Node since 20 understands.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const BIN = path.join(ROOT, "node_modules", ".bin");
const MIN_NODE = [22, 18];

const INSTALL_HINTS = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i,
    "The package registry cannot be reached. Check the network, the proxy and `npm config get registry`, then try again.",
  ],
  [
    /E404|ETARGET|ENOVERSIONS/,
    "The package registry lacks a package that package-lock.json pins. Try the registry that the lock was made for: `npm config get registry` tells the present one.",
  ],
  [
    /EUSAGE|in sync/,
    "package.json and package-lock.json disagree. Run `npm install`, then `node scripts/fix-lockfile.mjs`.",
  ],
  [
    /EINTEGRITY/,
    "A package differs from the checksum in package-lock.json. Run `npm cache verify` and try again.",
  ],
  [/ENOSPC/, "The disk is full. Free about 500 MB and try again."],
  [
    /EACCES|EPERM|EROFS/,
    "A file may not be written. Check the owner of the project folder and of npm's cache.",
  ],
];

function fail(lines) {
  for (const line of lines) console.error(`setup: ${line}`);
  process.exit(1);
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(ROOT, file), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    return fail([`${file} cannot be read: ${error.message}`]);
  }
}

/** Compares npm's own record of what it installed, written when an install is complete. */
function isInstalled() {
  const locked = readPackages("package-lock.json");
  const installed = readPackages("node_modules/.package-lock.json");
  if (locked === undefined)
    return fail(["package-lock.json is missing. Restore it from the repository."]);
  if (installed === undefined) return false;

  const same = (a, b) => a?.version === b?.version && a?.integrity === b?.integrity;
  return (
    Object.entries(installed).every(([name, entry]) => same(entry, locked[name])) &&
    Object.entries(locked).every(
      ([name, entry]) => name === "" || entry.optional || installed[name],
    )
  );
}

async function install() {
  const started = Date.now();
  console.error(
    "setup: installing the dependencies of package-lock.json (npm ci), about half a minute",
  );

  // npm must not run on the Node inside the node_modules that it is about to replace.
  const searchPath = (process.env.PATH ?? "").split(path.delimiter).filter((dir) => dir !== BIN);
  const npm = spawn("npm", ["ci", "--loglevel=error"], {
    cwd: ROOT,
    env: { ...process.env, PATH: searchPath.join(path.delimiter) },
    stdio: ["ignore", 2, "pipe"],
  });
  let errors = "";
  npm.stderr.on("data", (chunk) => {
    errors += chunk;
    process.stderr.write(chunk);
  });
  const outcome = await new Promise((resolve) => {
    npm.on("error", (error) =>
      resolve(error.code === "ENOENT" ? "npm is not on the PATH" : error.message),
    );
    npm.on("close", (code, signal) =>
      resolve(code === 0 ? undefined : `npm ci ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  if (outcome !== undefined) {
    const hint = INSTALL_HINTS.find(([pattern]) => pattern.test(errors))?.[1];
    return fail([`the dependencies could not be installed: ${outcome}.`, ...(hint ? [hint] : [])]);
  }
  console.error(`setup: done in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** TypeScript runs natively since Node 22.18; on Linux x64 the dependencies bring a newer Node. */
function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isRecent = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  if (isRecent || fs.existsSync(path.join(BIN, "node"))) return;
  fail([
    `Node ${MIN_NODE.join(".")} or newer is needed here, this is ${process.versions.node}.`,
    `Only on Linux x64 a newer Node comes with the dependencies; this is ${process.platform} ${process.arch}.`,
  ]);
}

if (!isInstalled()) await install();
requireNode();
