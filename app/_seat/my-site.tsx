import type { SitePicture } from "@/lib/protocol/lab/picture";
import type { RunningSeat } from "@/lib/session/view-model";
import { EpochChip } from "../_site/epoch-chip";
import type { NameOf } from "../_site/names";
import { SiteIcon } from "../_site/site-mark";
import { type SiteState, siteStateOf } from "../_site/site-state";

/** This tab's own site, large: what it is, where its log ends, and whether a write would be taken. */
export function MySite({ seat, nameOf }: { readonly seat: RunningSeat; readonly nameOf: NameOf }) {
  const { engine } = seat;
  const mine = seat.podPicture?.sites.find((site) => site.id === seat.site);
  return (
    <section aria-label={`Your site, ${seat.city}`} className="rounded-xl border border-line bg-surface p-4">
      <div className="flex items-center gap-3.5">
        <SiteIcon state={shapeOf(seat, mine)} className="size-18 shrink-0" />
        <div className="min-w-0">
          <p className="text-[0.8125rem] text-muted">You are</p>
          <h1 className="text-[1.75rem] leading-tight font-semibold tracking-[-0.025em]">{seat.city}</h1>
        </div>
      </div>
      <p className="mt-2.5 flex flex-wrap items-center gap-2">
        <span className="font-medium">{seat.state === "crashed" ? "down" : engine.role}</span>
        <EpochChip epoch={engine.epoch} />
        {mine !== undefined && mine.status !== "alive" && <span className="text-muted">{mine.status}</span>}
      </p>
      <WriteState seat={seat} />
      <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 text-[0.875rem] sm:grid-cols-4 lg:grid-cols-2">
        <Fact
          name="Primary"
          value={engine.primary === null ? everyoneOrNobody(seat) : nameOf(engine.primary)}
        />
        <Fact name="End of log" value={`${engine.position.epoch}:${engine.position.lsn}`} mono />
        {engine.view?.cluster.mode === "active-passive" || engine.view?.cluster.mode === "consensus" ? (
          <Fact name="Behind by" value={lagWords(engine)} />
        ) : (
          <Fact name="Operations open" value={String(engine.pendingOps)} />
        )}
        <Fact name="Clock" value={clockWords(seat)} />
        {engine.tombstones !== undefined && (
          <Fact name="Deletions remembered" value={String(engine.tombstones)} />
        )}
      </dl>
    </section>
  );
}

function shapeOf(seat: RunningSeat, mine: SitePicture | undefined): SiteState {
  if (seat.state === "crashed") return "dead";
  if (seat.engine.discarded.length > 0) return "diverged";
  return siteStateOf({ role: seat.engine.role, status: mine?.status ?? "alive" });
}

function everyoneOrNobody(seat: RunningSeat): string {
  const mode = seat.engine.view?.cluster.mode;
  return mode === "active-active" || mode === "quorum" ? "every site" : "nobody";
}

function lagWords(engine: RunningSeat["engine"]): string {
  if (engine.diverged !== null) return "logs have parted";
  if (engine.role === "primary") return "nothing";
  if (engine.lagOps === null) return "not known";
  return engine.lagOps === 1 ? "1 write" : `${engine.lagOps} writes`;
}

/** Injected skew is part of the lesson and said; the estimate's error is what a verdict is widened by. */
function clockWords({ clock }: RunningSeat): string {
  const error = `± ${Math.max(1, Math.round(clock.errMs))} ms`;
  if (clock.skewMs === 0) return error;
  return `${clock.skewMs > 0 ? "+" : "−"}${Math.abs(clock.skewMs) / 1000} s, ${error}`;
}

function WriteState({ seat }: { readonly seat: RunningSeat }) {
  const why = seat.cannotWrite;
  return (
    <p
      role="status"
      className={`mt-3 rounded-lg border px-3 py-2 text-[0.875rem] ${why === null ? "border-line" : "border-2 border-dashed border-suspect"}`}
    >
      {why === null ? (
        <span>
          <strong className="font-semibold">Writes are taken</strong> here now.
        </span>
      ) : (
        <span>
          <strong className="font-semibold">You cannot write now.</strong> {why}
        </span>
      )}
    </p>
  );
}

function Fact({
  name,
  value,
  mono = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly mono?: boolean;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-[0.8125rem] text-muted">{name}</dt>
      <dd className={`truncate font-medium ${mono ? "font-mono text-[0.8125rem]" : ""}`}>{value}</dd>
    </div>
  );
}
