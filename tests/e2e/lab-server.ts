import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real lab server in a process of its own, on a free port, with a data folder of its own. */
export type LabServer = {
  readonly origin: string;
  readonly port: number;
  /** Kills the process (SIGKILL): nothing is said to anybody. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port with the same data. */
  readonly start: () => Promise<void>;
  /** Stops it and removes its data. */
  readonly close: () => Promise<void>;
};

export type CreatedLab = {
  code: string;
  key: string;
  replayToken: string;
  seatUrl: string;
  consoleUrl: string;
};

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Starts the server of the present production build and waits until it says it is ready. */
export async function startLabServer(env: Readonly<Record<string, string>> = {}): Promise<LabServer> {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), "faultline-data-"));
  const origin = `http://localhost:${port}`;
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const started = spawn(process.execPath, ["--import", "tsx", "server/main.ts"], {
      env: { ...process.env, PORT: String(port), DATA_DIR: data, NODE_ENV: "production", ...env },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child = started;
    for (;;) {
      if (started.exitCode !== null) throw new Error(`the server ended with ${started.exitCode}`);
      const ready = await fetch(`${origin}/readyz`)
        .then((answer) => answer.ok)
        .catch(() => false);
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function kill(): Promise<void> {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  }

  async function close(): Promise<void> {
    await kill();
    rmSync(data, { recursive: true, force: true });
  }

  await start();
  return { origin, port, kill, start, close };
}

/** Creates a lab over the public API. */
export async function createLab(
  server: LabServer,
  body: Readonly<Record<string, unknown>>,
): Promise<CreatedLab> {
  const answer = await fetch(`${server.origin}/api/labs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`create: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as CreatedLab;
}

/** What a command did; `op` answers with the operation's result as well. */
type CommandDone = {
  tookMs: number;
  unreached: string[];
  status?: string;
  servedBy?: string | null;
  why?: string;
};

/** Sends one command as the console does, and fails the test when it is refused. */
export async function command(
  server: LabServer,
  lab: CreatedLab,
  body: Readonly<Record<string, unknown>>,
): Promise<CommandDone> {
  const answer = await fetch(`${server.origin}/api/labs/${lab.code}/command`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${lab.key}` },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`command ${JSON.stringify(body)}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as CommandDone;
}
