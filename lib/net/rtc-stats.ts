/** What is read of the entries of `getStats`. */
type StatsEntry = {
  readonly id: string;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly candidateType?: string;
};

/** Whether the pair of candidates in use goes through a TURN server; what cannot be read counts as direct. */
export async function isThroughTurn(pc: RTCPeerConnection): Promise<boolean> {
  const stats = await pc.getStats().catch(() => null);
  const byId = new Map<string, StatsEntry>();
  stats?.forEach((entry: StatsEntry) => {
    byId.set(entry.id, entry);
  });
  const transport = [...byId.values()].find((entry) => entry.selectedCandidatePairId !== undefined);
  const pair = byId.get(transport?.selectedCandidatePairId ?? "");
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId];
  return ends.some((id) => byId.get(id ?? "")?.candidateType === "relay");
}
