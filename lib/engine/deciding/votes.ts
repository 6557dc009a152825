import type { SiteId } from "../../protocol/ids";
import type { SiteMessage, SiteMessageOf } from "../../protocol/site/message";
import type { View } from "../../protocol/view";
import { cityOf, seconds } from "../../protocol/words";
import { isNamedPrimary, leads } from "../heartbeat";
import { persistMeta } from "../journal";
import { isFirstWord, type Leadership, outranks, owesEpoch } from "../leadership";
import type { Shell } from "../shell";
import { note, peersOf, record, send, whenDurable } from "../site";
import { assume, believe, founderOf, foundReign, keepActing } from "./believe";
import type { MonitorView, Part } from "./decider";
import { createElection, obeyPromotion, pacesOf } from "./election";
import type { SelfDoubt } from "./self-doubt";
import { type Account, accountOf, createWatch, type Watched } from "./watch";

/** Publish periods for which a stray primary is left alone (Redis Sentinel: 4): writes are still lost in them. */
const strayPeriods = 4;

/**
 * Monitors that vote (Redis Sentinel). The first sites run one each; all sites answer their pings and take
 * their configuration, of which the one with the highest epoch wins everywhere. Nothing stops a primary that
 * the monitors have given up: it is told once it is reached again, and some seconds late.
 */
export function createVotes(shell: Shell, doubt: SelfDoubt): Part {
  const { site } = shell;
  const me = site.identity.site;
  const watch = createWatch(shell, doubt);
  const startedMono = site.now.mono;
  /** What the other monitors said last about the primary. */
  const answers = new Map<
    SiteId,
    { readonly mono: number; readonly about: SiteId; readonly down: boolean }
  >();
  let epochHeard = 0;
  let roundMono = Number.NEGATIVE_INFINITY;
  let restartedMono: number | null = null;
  let wasAgreed = false;

  const heartbeatMs = () => site.view?.cluster.detector.heartbeatMs ?? 1000;
  const members = () => site.view?.members ?? [];
  const monitors = () => members().slice(0, site.view?.cluster.monitors.count ?? 0);
  const isMonitor = () => monitors().includes(me);
  const election = createElection(shell, watch, { monitors, highestEpoch, ask });

  function highestEpoch(): number {
    const { vote, configuration, leadership, epochSeen } = site;
    return Math.max(epochHeard, vote?.epoch ?? 0, configuration?.epoch ?? 0, leadership.epoch, epochSeen);
  }

  function suspected(): SiteId | null {
    return site.configuration?.primary ?? null;
  }

  /** Subjectively down: silent for too long, or it says itself that it is no primary, as after a restart. */
  function isDown(primary: SiteId): boolean {
    if (primary !== me && watch.of(primary).down) return true;
    if (restartedMono === null) return false;
    const { timeoutMs } = site.view?.cluster.detector ?? { timeoutMs: 0 };
    return site.now.mono - restartedMono >= timeoutMs + 2 * heartbeatMs();
  }

  function noticeRestart(primary: SiteId): void {
    const account = primary === me ? accountOf(shell) : watch.of(primary).account;
    const isAbdicated =
      account !== null && !account.leads && account.epoch <= (site.configuration?.epoch ?? 0);
    restartedMono = isAbdicated ? (restartedMono ?? site.now.mono) : null;
  }

  /** Objectively down: enough monitors say so, though not at the same instant. */
  function agreed(primary: SiteId): number {
    if (!isDown(primary)) return 0;
    const fresh = [...answers].filter(
      ([from, { mono, about, down }]) =>
        down && about === primary && monitors().includes(from) && site.now.mono - mono <= 5 * heartbeatMs(),
    );
    return 1 + fresh.length;
  }

  function ask(): void {
    const about = suspected();
    if (about === null) return;
    const asking = election.asking();
    const fields = { about, epoch: asking ?? highestEpoch(), candidate: asking !== null };
    for (const peer of monitors()) {
      if (peer !== me) send(site, peer, { type: "down-query", ...fields }, "replication");
    }
  }

  /** One vote an epoch, for whoever asks first, on disk before it is told. */
  function onDownQuery(from: SiteId, { about, epoch, candidate }: SiteMessageOf<"down-query">): void {
    epochHeard = Math.max(epochHeard, epoch);
    const mayVote = candidate && !doubt.isTilted() && !isForgetful();
    if (mayVote && epoch > Math.max(site.vote?.epoch ?? 0, site.configuration?.epoch ?? 0)) {
      site.vote = { epoch, leader: from };
      election.yieldTo(epoch);
      persistMeta(site);
      note(site, `The monitor of ${cityOf(me)} votes for that of ${cityOf(from)} in epoch ${epoch}.`);
    }
    const down = doubt.isTilted() ? null : isDown(about) && about === suspected();
    const { vote } = site;
    whenDurable(site, () => send(site, from, { type: "down-answer", about, down, vote }, "replication"));
  }

  /** A monitor that lost its disk may have voted: it abstains until no election of before can still be won. */
  function isForgetful(): boolean {
    if (site.view === null || site.identity.incarnation === 1 || site.vote !== null) return false;
    return site.now.mono - startedMono < 2 * pacesOf(site.view.cluster).electionMs;
  }

  function onDownAnswer(from: SiteId, { about, down, vote }: SiteMessageOf<"down-answer">): void {
    if (down === null) answers.delete(from);
    else answers.set(from, { mono: site.now.mono, about, down });
    epochHeard = Math.max(epochHeard, vote?.epoch ?? 0);
    if (vote?.leader === me) election.onVote(from, vote.epoch);
  }

  /** The monitor's part of a configuration: the higher epoch is in force at once. */
  function configure(next: Leadership): void {
    const { configuration } = site;
    if (configuration !== null && !outranks(next, configuration, members())) return;
    site.configuration = next;
    answers.clear();
    restartedMono = null;
    wasAgreed = false;
    election.settled();
    persistMeta(site);
  }

  /** The site's part: a replica obeys at once, a primary only the order that converts it, or where epochs fence. */
  function obey(claim: Leadership, converts: boolean): void {
    const { leadership } = site;
    if (claim.epoch === leadership.epoch && claim.primary === me && isNamedPrimary(site)) {
      if (!leads(site)) assume(shell);
      return;
    }
    if (!outranks(claim, leadership, members())) return;
    const isFenced = site.view?.cluster.fencing.includes("epoch") ?? false;
    if (leads(site) && !converts && !isFenced) return;
    const forgotten = `${cityOf(me)} led epoch ${claim.epoch} in an earlier life: it waits for the monitors.`;
    believe(shell, claim.primary === me ? { ...claim, primary: null, reason: forgotten } : claim);
  }

  function onConfiguration({ epoch, primary, reason, converts }: SiteMessageOf<"configuration">): void {
    const claim = { epoch, primary, reason };
    if (isMonitor()) configure(claim);
    obey(claim, converts);
  }

  function onPong(from: SiteId, account: Account): void {
    watch.onPong(from, account);
    epochHeard = Math.max(epochHeard, account.epoch);
    adopt(from, account);
    stray(watch.of(from), account);
  }

  /** Whoever leads a later epoch than is configured was promoted: that is the configuration now. */
  function adopt(from: SiteId, account: Account): void {
    const { epoch } = account;
    if (!account.leads || epoch <= (site.configuration?.epoch ?? 0)) return;
    const reason = `${cityOf(from)} has become primary in epoch ${epoch}.`;
    configure({ epoch, primary: from, reason: from === me ? site.leadership.reason : reason });
    publish();
  }

  function stray(watched: Watched, account: Account): void {
    const { configuration } = site;
    const isStray = account.leads && configuration !== null && watched.site !== configuration.primary;
    watched.strayMono = isStray ? (watched.strayMono ?? site.now.mono) : null;
    if (watched.strayMono === null || configuration?.primary == null) return;
    const sinceMs = site.now.mono - watched.strayMono;
    if (sinceMs < strayPeriods * heartbeatMs() || doubt.isTilted()) return;
    const { epoch, primary } = configuration;
    const reason = `${cityOf(primary)} is primary in epoch ${epoch}; ${cityOf(watched.site)} went on as primary of epoch ${account.epoch} for ${seconds(sinceMs)} after it was reached again.`;
    if (watched.site === me) obey({ epoch, primary, reason }, true);
    else
      send(
        site,
        watched.site,
        { type: "configuration", epoch, primary, reason, converts: true },
        "replication",
      );
  }

  function publish(): void {
    const { configuration } = site;
    if (configuration === null || configuration.primary === null || configuration.epoch === 0) return;
    const { epoch, primary, reason } = configuration;
    const message = { type: "configuration", epoch, primary, reason, converts: false } as const;
    for (const peer of peersOf(site)) send(site, peer, message, "replication");
    obey(configuration, false);
  }

  /** Once a heartbeat: ping everybody, tell the configuration, and ask about a primary that is down. */
  function round(): void {
    roundMono = site.now.mono;
    keepActing(shell);
    watch.ping();
    const own = accountOf(shell);
    adopt(me, own);
    stray(watch.of(me), own);
    publish();
    const primary = suspected();
    if (primary !== null && isDown(primary)) ask();
  }

  function noticeAgreement(primary: SiteId, count: number, isAgreed: boolean): void {
    if (isAgreed === wasAgreed) return;
    wasAgreed = isAgreed;
    const total = monitors().length;
    const evidence = `${count} of ${total} monitors do not reach it as primary, the quorum is ${site.view?.cluster.monitors.quorum}: objectively down.`;
    if (isAgreed) record(site, { kind: "detect", target: primary, state: "dead", evidence });
  }

  function tick(): void {
    watch.judge();
    if (site.now.mono - roundMono >= heartbeatMs()) round();
    const primary = suspected();
    if (primary === null || site.view === null) return;
    noticeRestart(primary);
    const count = agreed(primary);
    const isAgreed = count > 0 && count >= site.view.cluster.monitors.quorum;
    noticeAgreement(primary, count, isAgreed);
    election.step(isAgreed, isRenewable(primary) ? primary : null);
    if (site.view.cluster.detector.kind !== "monitors") return;
    site.peers = watch.all().map(({ site: name, down }) => ({ site: name, state: down ? "dead" : "alive" }));
  }

  /** The configuration is older than the cluster, and its primary is well: it is to go on in a new epoch. */
  function isRenewable(primary: SiteId): boolean {
    if (site.configuration === null || !owesEpoch(site.view, site.configuration)) return false;
    const account = primary === me ? accountOf(shell) : watch.of(primary).account;
    return !isDown(primary) && account?.leads === true && account.epoch === site.configuration.epoch;
  }

  /** Before anything was decided the primary is the one that was configured, as in a Sentinel's own file. */
  function initial(before: View | null): void {
    const { view, leadership } = site;
    const isNew = before !== null && view !== null && isFirstWord(view, before);
    if (view === null || (site.configuration !== null && !isNew)) return;
    const founder = founderOf(view);
    const reason = founder === null ? "" : `${cityOf(founder)} was configured as the first primary.`;
    if (leadership.primary !== null) site.configuration = leadership;
    else if (view.primary !== null) {
      site.configuration = { epoch: view.epoch, primary: view.primary, reason: view.reason };
    } else site.configuration = { epoch: 0, primary: founder, reason };
  }

  function show(): MonitorView | null {
    if (!isMonitor()) return null;
    const opinions = watch.all().map((one) => ({
      site: one.site,
      state: !one.down
        ? ("up" as const)
        : wasAgreed && one.site === suspected()
          ? ("agreed-down" as const)
          : ("down" as const),
      silentMs: watch.silentMs(one),
    }));
    return { vote: site.vote, tilted: doubt.isTilted(), opinions, doing: election.doing() };
  }

  return {
    show,
    onView(before) {
      foundReign(shell, before);
      if (!isMonitor()) return;
      initial(before);
      publish();
    },
    onMessage(from, message: SiteMessage) {
      if (message.type === "ping") {
        send(site, from, { type: "pong", ...accountOf(shell) }, "replication");
        return;
      }
      if (message.type === "pong" && isMonitor()) onPong(from, message);
      if (!monitors().includes(from)) return;
      if (message.type === "promote") obeyPromotion(shell, message.epoch, message.reason);
      else if (message.type === "configuration") onConfiguration(message);
      else if (message.type === "down-query" && isMonitor()) onDownQuery(from, message);
      else if (message.type === "down-answer" && isMonitor()) onDownAnswer(from, message);
    },
    onTick() {
      if (isMonitor() && site.view?.phase === "serving" && !doubt.isTilted()) tick();
    },
  };
}
