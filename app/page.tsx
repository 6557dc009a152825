import { CreateForm } from "./_join/create-form";
import { FrontPicture } from "./_join/front-picture";
import { JoinForm } from "./_join/join-form";
import { Wordmark } from "./_kit/wordmark";
import { ThemeToggle } from "./_theme/theme-toggle";

/** The way in: a student joins, a teacher creates. */
export default function FrontPage() {
  return (
    <div className="mx-auto w-full max-w-6xl px-4 pb-12 sm:px-6">
      <header className="flex min-h-16 items-center justify-between">
        <Wordmark className="text-lg" />
        <div className="flex items-center gap-1">
          <a href="/docs" className="rounded-lg px-2.5 py-1.5 text-muted hover:text-text">
            Docs
          </a>
          <ThemeToggle />
        </div>
      </header>
      <main>
        <div className="grid items-center gap-x-14 gap-y-8 pt-6 pb-12 lg:grid-cols-[minmax(0,1.05fr)_minmax(0,1fr)] lg:pt-12">
          <div>
            <h1 className="text-[clamp(2.1rem,5.5vw,3.5rem)] leading-[1.06] font-semibold tracking-[-0.035em] text-balance">
              Your tab is a data centre. Break it.
            </h1>
            <p className="mt-4 max-w-xl text-lg text-pretty text-muted">
              In Faultline every student's browser tab runs a real replication engine, and the class cuts
              cables, splits the network and crashes sites on purpose. The lab measures what happened and
              shows whose write died.
            </p>
            <div className="mt-7 max-w-lg">
              <JoinForm />
            </div>
          </div>
          <FrontPicture />
        </div>
        <section
          aria-labelledby="create"
          className="grid gap-x-14 gap-y-5 border-t border-line pt-10 lg:grid-cols-[18rem_minmax(0,1fr)]"
        >
          <div>
            <h2 id="create" className="text-2xl font-semibold tracking-[-0.02em]">
              Create a lab
            </h2>
            <p className="mt-2 text-muted">
              You get a console to operate everything, a code and a QR code for the class, and a screen for
              the projector. Nobody needs an account or a name.
            </p>
            <p className="mt-3 text-muted">
              Alone? Open the join link in three tabs, then close one or cut the network between them.
            </p>
          </div>
          <CreateForm />
        </section>
      </main>
      <footer className="mt-12 flex flex-wrap gap-x-5 gap-y-1 border-t border-line pt-5 text-[0.875rem] text-muted">
        <a href="/docs" className="underline">
          What the lab teaches
        </a>
        <a href="/docs/scripting" className="underline">
          Scripting
        </a>
        <a href="/docs/privacy" className="underline">
          Privacy and browsers
        </a>
      </footer>
    </div>
  );
}
