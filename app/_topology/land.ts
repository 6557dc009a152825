import { feature } from "topojson-client";
import type { GeometryObject, Topology } from "topojson-specification";
import atlas from "world-atlas/land-110m.json";

const topology = atlas as unknown as Topology<{ land: GeometryObject }>;

/** The land of the world, coarse: a ground to recognise, not a map to navigate by. */
export const land = feature(topology, topology.objects.land);
