import { z } from "zod";
import { err, ok, type Result } from "../lib/kernel/result";

const iceServer = z.strictObject({
  urls: z.string(),
  username: z.string().optional(),
  credential: z.string().optional(),
});

const jsonText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: "custom", message: "expected JSON" });
    return z.NEVER;
  }
});

const number = (low: number, high: number) => z.coerce.number().min(low).max(high);

/** Every setting, read from the environment variable of its name. The `--help` text is made from this. */
const settings = {
  PORT: {
    schema: number(0, 65_535).int().default(3000),
    help: "Port of the web server, and (UDP) of the built-in STUN responder. Default 3000; 0 picks a free one.",
  },
  HOST: {
    schema: z.string().min(1).default("0.0.0.0"),
    help: "Address to listen on. Default 0.0.0.0: every network of this machine. 127.0.0.1 keeps it to this machine.",
  },
  DATA_DIR: {
    schema: z.string().min(1).default(".data"),
    help: "Folder of the labs' database. Default .data. Erase it to forget every lab.",
  },
  PUBLIC_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    help: "Address students use when it is not one of this machine's own, e.g. https://lab.school.example.",
  },
  ALLOWED_HOSTS: {
    schema: z
      .string()
      .default("")
      .transform((text) => text.split(",").flatMap((name) => name.trim().toLowerCase() || [])),
    help: "Further host names this server answers to, separated by commas. Addresses, localhost, this machine's name and names of local networks (.local, .lan …) always work.",
  },
  ICE_SERVERS: {
    schema: jsonText.pipe(z.array(iceServer).max(8)).default([]),
    help: 'Further STUN or TURN servers, as JSON: [{"urls":"turn:192.0.2.7:3478","username":"…","credential":"…"}]. Default none.',
  },
  LAB_TTL_HOURS: {
    schema: number(0.01, 24 * 90).default(72),
    help: "Hours after its creation at which a lab ends and its data is erased. Default 72.",
  },
  LABS_PER_HOUR: {
    schema: number(1, 100_000).int().default(120),
    help: "How many labs one address may create in an hour. Default 120.",
  },
  LOG_LEVEL: {
    schema: z.enum(["silent", "error", "warn", "info", "debug"]).default("warn"),
    help: "How much is written to the log (JSON lines on stderr): silent, error, warn, info, debug. Default warn.",
  },
} as const;

type Settings = { readonly [Name in keyof typeof settings]: z.output<(typeof settings)[Name]["schema"]> };

/** The server's settings, checked. */
export type Config = {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly publicUrl: URL | null;
  readonly allowedHosts: readonly string[];
  readonly iceServers: Settings["ICE_SERVERS"];
  readonly labTtlMs: number;
  readonly labsPerHour: number;
  readonly logLevel: Settings["LOG_LEVEL"];
};

/** Reads the settings; the error names each bad one, what was expected, and where help is. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Result<Config, string> {
  const shape = Object.fromEntries(Object.entries(settings).map(([name, { schema }]) => [name, schema]));
  const given = Object.fromEntries(
    Object.keys(settings).flatMap((name) =>
      env[name] === undefined || env[name] === "" ? [] : [[name, env[name]]],
    ),
  );
  const parsed = z.object(shape).safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      (issue) => `${String(issue.path[0])}=${given[String(issue.path[0])]}: ${issue.message}`,
    );
    return err(`${lines.join("\n")}\n\`npm start -- --help\` explains every setting.`);
  }
  const values = parsed.data as Settings;
  return ok({
    port: values.PORT,
    host: values.HOST,
    dataDir: values.DATA_DIR,
    publicUrl: values.PUBLIC_URL === undefined ? null : new URL(values.PUBLIC_URL),
    allowedHosts: values.ALLOWED_HOSTS,
    iceServers: values.ICE_SERVERS,
    labTtlMs: values.LAB_TTL_HOURS * 3_600_000,
    labsPerHour: values.LABS_PER_HOUR,
    logLevel: values.LOG_LEVEL,
  });
}

/** What `npm start -- --help` prints. */
export function helpText(): string {
  const lines = Object.entries(settings).map(([name, { help }]) => `  ${name}\n      ${help}`);
  return [
    "npm start: builds the pages if needed and serves the lab. Settings are environment variables, e.g.",
    "  PORT=8080 npm start",
    "",
    ...lines,
    "",
    "npm run dev: the same without a build, for working on Faultline itself.",
  ].join("\n");
}
