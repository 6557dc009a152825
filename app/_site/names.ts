import type { PodPicture } from "@/lib/protocol/lab/picture";

/** What people call a node: a city for a site, and a plain name for the two outsiders. */
export type NameOf = (node: string) => string;

const outsiders: Readonly<Record<string, string>> = {
  coordinator: "the coordinator",
  edge: "the world's clients",
};

/** Names of a pod's nodes; an unknown id is shown as it is. */
export function namesOf(pod: PodPicture | null): NameOf {
  const cities = new Map(pod?.sites.map((site) => [site.id as string, site.city]) ?? []);
  return (node) => cities.get(node) ?? outsiders[node] ?? node;
}

/** "Mumbai, Pune and Delhi". */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
