"use client";
import { type FormEvent, useState } from "react";
import type { Operation } from "@/lib/protocol/operation";
import { Button } from "../_kit/button";
import { SelectField, TextField } from "../_kit/field";
import { parseValue } from "../_kit/format";

type Verb = Operation["f"];
type FieldName = "value" | "from" | "to" | "by" | "field" | "at" | "text" | "length";
type Draft = Readonly<Record<FieldName, string>>;

const fieldLooks: Record<FieldName, { label: string; numeric: boolean; start: string }> = {
  value: { label: "Value", numeric: false, start: "" },
  from: { label: "Only if it is", numeric: false, start: "" },
  to: { label: "Then make it", numeric: false, start: "" },
  by: { label: "By", numeric: true, start: "1" },
  field: { label: "Field", numeric: false, start: "" },
  at: { label: "At position", numeric: true, start: "0" },
  text: { label: "Text", numeric: false, start: "" },
  length: { label: "How many characters", numeric: true, start: "1" },
};

/** What each operation asks for, and how it is made of what was typed. */
const verbs: Record<
  Verb,
  { text: string; fields: readonly FieldName[]; make: (key: string, d: Draft) => Operation }
> = {
  put: {
    text: "put: set a value",
    fields: ["value"],
    make: (key, d) => ({ f: "put", key, value: parseValue(d.value) }),
  },
  get: { text: "get: read it", fields: [], make: (key) => ({ f: "get", key }) },
  increment: {
    text: "increment: count up",
    fields: ["by"],
    make: (key, d) => ({ f: "increment", key, by: Number(d.by) }),
  },
  reserve: {
    text: "reserve: take from a count",
    fields: ["by"],
    make: (key, d) => ({ f: "reserve", key, amount: Number(d.by) }),
  },
  add: {
    text: "add: into a set",
    fields: ["value"],
    make: (key, d) => ({ f: "add", key, value: parseValue(d.value) }),
  },
  remove: {
    text: "remove: from a set",
    fields: ["value"],
    make: (key, d) => ({ f: "remove", key, value: parseValue(d.value) }),
  },
  patch: {
    text: "patch: one field of a record",
    fields: ["field", "value"],
    make: (key, d) => ({ f: "patch", key, field: d.field, value: parseValue(d.value) }),
  },
  insert: {
    text: "insert: into a text",
    fields: ["at", "text"],
    make: (key, d) => ({ f: "insert", key, at: Number(d.at), text: d.text }),
  },
  erase: {
    text: "erase: from a text",
    fields: ["at", "length"],
    make: (key, d) => ({ f: "erase", key, at: Number(d.at), length: Number(d.length) }),
  },
  cas: {
    text: "cas: change it only if…",
    fields: ["from", "to"],
    make: (key, d) => ({ f: "cas", key, from: parseValue(d.from), to: parseValue(d.to) }),
  },
  delete: { text: "delete", fields: [], make: (key) => ({ f: "delete", key }) },
};

const emptyDraft: Draft = Object.fromEntries(
  Object.entries(fieldLooks).map(([name, { start }]) => [name, start]),
) as Draft;

/** One form for every operation of the lab: choose, name a key, run. Keeps what was typed for the next one. */
export function OperationForm({
  onRun,
  knownKeys,
}: {
  readonly onRun: (op: Operation) => void;
  readonly knownKeys: readonly string[];
}) {
  const [verb, setVerb] = useState<Verb>("put");
  const [key, setKey] = useState("x");
  const [draft, setDraft] = useState(emptyDraft);
  const { fields, make } = verbs[verb];

  function submit(event: FormEvent): void {
    event.preventDefault();
    onRun(make(key, draft));
  }

  return (
    <form
      onSubmit={submit}
      className="grid grid-cols-2 gap-3 sm:grid-cols-[14rem_minmax(5rem,8rem)_minmax(0,1fr)_auto]"
    >
      <SelectField
        label="Operation"
        className="max-sm:col-span-2"
        value={verb}
        onChange={(event) => setVerb(event.target.value as Verb)}
        options={Object.entries(verbs).map(([value, { text }]) => ({ value, text }))}
      />
      <TextField
        label="Key"
        mono
        required
        maxLength={128}
        value={key}
        list="known-keys"
        className={fields.length === 0 ? "max-sm:col-span-2" : ""}
        onChange={(event) => setKey(event.target.value)}
      />
      <datalist id="known-keys">
        {knownKeys.slice(0, 100).map((known) => (
          <option key={known} value={known} />
        ))}
      </datalist>
      <div
        className={`flex gap-3 ${fields.length > 1 ? "max-sm:col-span-2" : ""} ${fields.length === 0 ? "max-sm:hidden" : ""}`}
      >
        {fields.map((name) => (
          <TextField
            key={name}
            label={fieldLooks[name].label}
            mono
            className="flex-1"
            required={fieldLooks[name].numeric || name === "field"}
            {...(fieldLooks[name].numeric ? { type: "number", step: 1, inputMode: "numeric" } : {})}
            {...(fieldLooks[name].numeric && name !== "by" ? { min: 0 } : {})}
            value={draft[name]}
            onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
          />
        ))}
      </div>
      <Button type="submit" tone="main" className="self-end max-sm:col-span-2">
        Run
      </Button>
    </form>
  );
}
