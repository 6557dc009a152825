import type { Config } from "./config";

/** Why the server could not start, in words, and a way out. */
export function explainStartError(error: unknown, { port, host, dataDir }: Config): string {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: "", message: String(error) };
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is taken: perhaps Faultline already runs. Stop the other program, or choose another port: PORT=${port + 1} npm start`;
    case "EACCES":
    case "EPERM":
      return message.includes("listen")
        ? `This system does not let you listen on port ${port}. Choose one above 1023: PORT=3000 npm start`
        : unwritable(dataDir, message);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `This computer has no address ${host}. Leave HOST out to listen on all of its networks.`;
    case "EROFS":
    case "ENOTDIR":
    case "EEXIST":
    case "ENOSPC":
      return unwritable(dataDir, message);
    case "SQLITE_BUSY":
      return `Another Faultline uses the data folder ${dataDir}. Stop it, or give this one a folder of its own: DATA_DIR=.data2 npm start`;
    default:
      return code?.startsWith("SQLITE")
        ? unwritable(dataDir, message)
        : `Faultline could not start: ${message}`;
  }
}

function unwritable(dataDir: string, message: string): string {
  return `The data folder ${dataDir} cannot be written (${message}). Choose another: DATA_DIR=~/faultline-data npm start`;
}
