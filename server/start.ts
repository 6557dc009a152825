import { ensureBuilt } from "./build";
import { helpText, readConfig } from "./config";
import { main } from "./main";

/** `npm start`: settings first, for a typing error should not cost a build; then pages, then the server. */
async function start(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    process.stdout.write(`${helpText()}\n`);
    return;
  }
  const [unknown] = args;
  const config = readConfig(process.env);
  if (unknown !== undefined || !config.ok) {
    const why = config.ok
      ? `unknown argument ${unknown}; \`npm start -- --help\` lists the settings`
      : config.error;
    process.stderr.write(`${why}\n`);
    process.exit(2);
  }
  if (!ensureBuilt()) {
    process.stderr.write("The pages could not be built; the reason stands above.\n");
    process.exit(1);
  }
  await main([]);
}

await start(process.argv.slice(2));
