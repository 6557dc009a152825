import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

const root = process.cwd();
const pureFolders = [
  "kernel",
  "protocol",
  "clock",
  "merge",
  "engine",
  "coordinator",
  "history",
  "scenario",
  "lesson",
];

/**
 * Who may import what: the table of the design. A folder may always import itself. `files` limits an
 * entry to some files of the other folder; `packages` are npm packages, "node:*" the built-in modules.
 */
const base = ["kernel", "protocol", "clock", "merge"];
const pure = [...base, "engine", "coordinator", "history", "scenario", "lesson"];
const rules: Readonly<Record<string, { folders: readonly string[]; packages: readonly string[] }>> = {
  "lib/kernel": { folders: [], packages: [] },
  "lib/protocol": { folders: ["kernel"], packages: ["zod"] },
  "lib/clock": { folders: ["kernel", "protocol"], packages: [] },
  "lib/merge": { folders: ["kernel", "protocol", "clock"], packages: ["yjs"] },
  "lib/engine": { folders: base, packages: [] },
  "lib/coordinator": { folders: base, packages: [] },
  "lib/history": { folders: [...base, "engine"], packages: [] },
  "lib/scenario": { folders: [...base, "engine"], packages: ["zod"] },
  "lib/lesson": { folders: base, packages: [] },
  "lib/sim": {
    folders: [...pure, "net/link", "net/memory", "net/fault"],
    packages: ["node:", "yaml", "zod", "esbuild"],
  },
  "lib/net": {
    folders: ["kernel", "protocol"],
    packages: ["socket.io-client", "yjs", "y-webrtc", "y-protocols"],
  },
  "lib/runtime": { folders: [...pure, "net"], packages: [] },
  "lib/session": {
    folders: [...pure, "net", "runtime"],
    packages: ["idb", "socket.io-client", "zod", "yjs"],
  },
};

function filesUnder(folder: string): string[] {
  const here = join(root, folder);
  return readdirSync(here, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const sources = ["lib", "server", "app", "tests"].flatMap(filesUnder).filter((file) => /\.tsx?$/.test(file));
const text = new Map(sources.map((file) => [file, readFileSync(join(root, file), "utf8")]));

/** Everything a file names after `from`, `import(` or `import "`: paths from the root, or package names. */
function importsOf(file: string): string[] {
  const found = (text.get(file) ?? "").matchAll(/(?:from\s+|import\s*\(\s*|import\s+)"([^"]+)"/g);
  return [...found].map(([, name = ""]) => {
    if (name.startsWith("@/")) return normalize(name.slice(2));
    return name.startsWith(".") ? relative(root, join(root, dirname(file), name)) : name;
  });
}

function layerOf(file: string): string {
  return file.startsWith("lib/") ? file.split("/").slice(0, 2).join("/") : (file.split("/")[0] ?? "");
}

const isLocal = (name: string) => /^(lib|server|app|tests)\//.test(name);

test("every lib folder imports only what the design's table allows", () => {
  const violations: string[] = [];
  for (const file of sources.filter((name) => name.startsWith("lib/"))) {
    const layer = layerOf(file);
    const rule = rules[layer];
    if (rule === undefined) {
      violations.push(`${file}: ${layer} is not in the table`);
      continue;
    }
    for (const name of importsOf(file)) {
      const allowed = isLocal(name)
        ? name.startsWith(`${layer}/`) ||
          rule.folders.some((folder) => name === `lib/${folder}` || name.startsWith(`lib/${folder}/`))
        : rule.packages.some(
            (known) => name === known || name.startsWith(known.endsWith(":") ? known : `${known}/`),
          );
      if (!allowed) violations.push(`${file} imports ${name}`);
    }
  }
  expect(violations).toEqual([]);
});

test("server never imports app or session, app never imports server or the simulator's internals", () => {
  const banned: Readonly<Record<string, readonly string[]>> = {
    server: ["app/", "lib/session/"],
    app: ["server/", "lib/sim/", "tests/"],
  };
  const violations = sources.flatMap((file) =>
    importsOf(file)
      .filter((name) => (banned[layerOf(file)] ?? []).some((start) => name.startsWith(start)))
      .map((name) => `${file} imports ${name}`),
  );
  expect(violations).toEqual([]);
});

test("yjs is imported in merge by its crdt file only", () => {
  const users = sources.filter((file) => layerOf(file) === "lib/merge" && importsOf(file).includes("yjs"));
  expect(users.every((file) => /^lib\/merge\/crdt/.test(file))).toBe(true);
});

/** Words that would let a clock, chance or the outside world into a deterministic folder. */
const bannedWords: readonly RegExp[] = [
  /\bDate\b/,
  /\bMath\.(random|log|log2|log10|exp|pow|sin|cos|tan)\b/,
  /\bperformance\b/,
  /\bcrypto\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
  /\b(async|await)\b/,
  /\bPromise\b/,
  /\bconsole\b/,
  /\b(window|document|navigator|localStorage)\b/,
  /\bprocess\b/,
];

test("the pure folders know no clock, chance, promise or outside world", () => {
  const violations: string[] = [];
  for (const file of sources.filter((name) =>
    pureFolders.some((folder) => name.startsWith(`lib/${folder}/`)),
  )) {
    const code = withoutComments(text.get(file) ?? "");
    for (const word of bannedWords) if (word.test(code)) violations.push(`${file}: ${word.source}`);
  }
  expect(violations).toEqual([]);
});

/** Drops comments and the contents of strings and templates: prose may speak of clocks. */
function withoutComments(code: string): string {
  return code
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, (template) =>
      [...template.matchAll(/\$\{([^}]*)\}/g)].map((m) => m[1]).join(" "),
    )
    .replaceAll(/\/\/.*$/gm, "");
}

test("no import cycle exists in lib and server", () => {
  const graph = new Map<string, string[]>();
  const byName = new Map(sources.map((file) => [file.replace(/\.tsx?$/, ""), file]));
  for (const file of sources.filter((name) => /^(lib|server)\//.test(name))) {
    const valueImports = (text.get(file) ?? "").replaceAll(/(import|export)\s+type\s[^;]*;/g, "");
    const targets = [...valueImports.matchAll(/from\s+"(\.[^"]+|@\/[^"]+)"/g)].map(([, name = ""]) =>
      name.startsWith("@/") ? normalize(name.slice(2)) : relative(root, join(root, dirname(file), name)),
    );
    graph.set(
      file,
      targets.map((name) => byName.get(name)).filter((name): name is string => name !== undefined),
    );
  }
  expect(firstCycle(graph)).toBeNull();
});

function firstCycle(graph: ReadonlyMap<string, readonly string[]>): string | null {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): string | null {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(" → ");
    if (done.has(file)) return null;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  }
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

test("source files stay under 400 lines, and nobody re-exports a folder", () => {
  const long = sources.filter((file) => (text.get(file) ?? "").split("\n").length > 400);
  const barrels = sources.filter((file) => /^export \* from/m.test(text.get(file) ?? ""));
  expect({ long, barrels }).toEqual({ long: [], barrels: [] });
});

test("the top level holds only what the design names", () => {
  const known = [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "next.config.js",
    "LICENSE",
    "README.md",
  ];
  const folders = ["app", "lib", "server", "public", "tests", "node_modules", "test-results"];
  const strangers = readdirSync(root).filter(
    (name) =>
      !name.startsWith(".") && !known.includes(name) && !folders.includes(name) && name !== "next-env.d.ts",
  );
  expect(strangers.filter((name) => statSync(join(root, name)).isFile() || !folders.includes(name))).toEqual(
    [],
  );
});

test("what a browser loads uses the small build of zod, whose methods are functions", () => {
  const large = sources.filter(
    (file) => /^(lib|app)\//.test(file) && /from "zod"/.test(text.get(file) ?? ""),
  );
  expect(large).toEqual([]);
});
