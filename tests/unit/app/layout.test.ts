import fc from "fast-check";
import { expect, test } from "vitest";
import { middleLongitude, placeSites, projectionFor, room } from "@/app/_topology/project";
import { cities } from "@/lib/scenario/cities";

const box = { width: 1200, height: 640 };

function layOut(chosen: readonly (typeof cities)[number][]) {
  return placeSites(chosen, projectionFor(chosen, box), box);
}

test("Mumbai and Pune, 120 km apart, do not overlap on a map of the world", () => {
  const chosen = cities.filter(({ id }) => ["mumbai", "pune", "oregon"].includes(id));
  const [a, b] = layOut(chosen).filter(({ id }) => id !== "oregon");
  if (a === undefined || b === undefined) throw new Error("both are placed");
  expect(Math.abs(a.x - b.x) >= room.x - 3 || Math.abs(a.y - b.y) >= room.y - 3).toBe(true);
});

test("whichever cities a pod has, all stay on the map and no two shapes touch", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...cities), { minLength: 1, maxLength: 12 }), (chosen) => {
      const placed = layOut(chosen);
      for (const { x, y } of placed) {
        expect(x > 0 && x < box.width && y > 0 && y < box.height).toBe(true);
      }
      placed.forEach((a, i) => {
        for (const b of placed.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(70);
      });
    }),
    { numRuns: 300 },
  );
});

test("the map is turned so that Tokyo and Oregon are neighbours across the Pacific", () => {
  expect(Math.abs(middleLongitude([139.7, -119.7]))).toBeGreaterThan(150);
  expect(Math.abs(middleLongitude([-77, 8.7]))).toBeLessThan(50);
});
