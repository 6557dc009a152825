import { hostname, networkInterfaces } from "node:os";

/** An address of this machine that another computer may be able to reach. */
export type LanAddress = { readonly address: string; readonly label: string };

type Interface = { readonly name: string; readonly address: string };

/** Interface names of virtual networks: containers, virtual machines, VPNs. Their addresses come last. */
const virtualName =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|vEthernet|utun|tun|tap|wg|tailscale|zt|ppp|cni|flannel|podman|lxc|awdl|llw|bridge)/i;

/** This machine's IPv4 addresses, the one a classroom most likely shares first. */
export function lanAddresses(): readonly LanAddress[] {
  const found = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
    entries.flatMap(({ family, internal, address }) =>
      family === "IPv4" && !internal ? [{ name, address }] : [],
    ),
  );
  return rankAddresses(found);
}

/** Orders addresses: a private network behind a real card first, then others, virtual ones and link-local last. */
export function rankAddresses(found: readonly Interface[]): readonly LanAddress[] {
  return found
    .map((entry) => ({ ...entry, rank: rankOf(entry) }))
    .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name))
    .map(({ name, address, rank }) => ({ address, label: rank >= 3 ? `${name}, virtual` : name }));
}

function rankOf({ name, address }: Interface): number {
  if (address.startsWith("169.254.")) return 5;
  if (virtualName.test(name)) return 4;
  if (/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address)) return 3;
  if (/^192\.168\./.test(address)) return 0;
  return /^(10\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) ? 1 : 2;
}

/** Names by which a browser may rightly call this machine, besides its addresses. */
export function ownNames(): readonly string[] {
  const name = hostname().toLowerCase();
  return [name, name.split(".")[0] ?? name];
}
