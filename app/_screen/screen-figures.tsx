import type { PodPicture } from "@/lib/protocol/lab/picture";
import { figuresOf } from "../_timeline/figures";

/** The measured figures in one line. */
export function ScreenFigures({ pod }: { readonly pod: PodPicture }) {
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(9.5vh,1fr))] gap-x-[max(1vw,1rem)] gap-y-[1vh]">
      {figuresOf(pod.figures).map(({ name, value, wrong }) => (
        <div key={name} className={wrong ? "-ml-3 border-l-[0.35rem] border-diverged pl-[0.4rem]" : ""}>
          <dd className="text-[3.2vh] leading-none font-semibold whitespace-nowrap">{value}</dd>
          <dt className="text-[2.2vh] leading-tight text-muted">{name}</dt>
        </div>
      ))}
    </dl>
  );
}
