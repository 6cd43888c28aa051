#!/usr/bin/env node
// Keeps package-lock.json installable by `npm ci` on every supported Node and from every registry.
//
//   node scripts/fix-lockfile.mjs           after each `npm install`: repairs the lock
//   node scripts/fix-lockfile.mjs --check   in CI: fails where a repair is needed
//
// Three things go wrong when npm writes the lock:
// 1. Optional packages of other platforms are left out when the registry does not carry them, and
//    then `npm ci` calls the lock out of sync. A bare entry without a checksum is enough for it.
// 2. Entries bound to a platform carry `engines`; npm skips such an optional package silently when
//    the Node that installs is older, which would drop the very Node that the project brings along.
// 3. `resolved` names a registry host, which a machine elsewhere cannot reach.
import fs from "node:fs";

const LOCK = new URL("../package-lock.json", import.meta.url);
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** Reads the platform out of a package's name, e.g. `@esbuild/linux-arm64`. */
function platformOf(name) {
  const os = ["darwin", "win32", "linux"].find((each) => name.includes(each));
  const cpus = { arm64: /arm64/, x64: /x64|amd64/, arm: /arm$/ };
  const cpu = Object.keys(cpus).find((each) => cpus[each].test(name));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = /musl/.test(name) ? "musl" : /gnu/.test(name) ? "glibc" : undefined;
  return { cpu: [cpu], os: [os], ...(libc && { libc: [libc] }) };
}

/** Repairs `lock` in place and returns a line for each thing it changed. */
function repair(lock) {
  const repairs = [];

  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const hoisted = `node_modules/${name}`;
      const nested = `${path}/node_modules/${name}`;
      const platform = platformOf(name);
      if (lock.packages[hoisted] || lock.packages[nested]) continue;
      if (platform === undefined || !EXACT_VERSION.test(version)) continue;
      lock.packages[hoisted] = {
        version,
        ...platform,
        ...(entry.dev && { dev: true }),
        optional: true,
      };
      repairs.push(`optional package ${name}@${version} was missing`);
    }
  }

  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.optional && entry.os && entry.engines?.node) {
      delete entry.engines;
      repairs.push(`${path} is bound to a platform and carried engines`);
    }
    if (/^https?:/.test(entry.resolved ?? "")) {
      delete entry.resolved;
      repairs.push(`${path} named a registry host`);
    }
  }

  const byPath = ([a], [b]) => (a < b ? -1 : 1);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath));
  return repairs;
}

const lock = JSON.parse(fs.readFileSync(LOCK, "utf8"));
const repairs = repair(lock);

if (!process.argv.includes("--check")) {
  fs.writeFileSync(LOCK, JSON.stringify(lock, null, 2) + "\n");
  console.log(`package-lock.json: ${repairs.length} repairs`);
} else if (repairs.length > 0) {
  for (const line of repairs) console.error(`package-lock.json: ${line}`);
  console.error("Run `node scripts/fix-lockfile.mjs` and commit package-lock.json.");
  process.exitCode = 1;
}
