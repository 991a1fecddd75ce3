/** How one field of a thing that is edited is asked for. */
export interface FieldSpec {
  /** Where it stands in the thing: `lamp.nominalPowerW`. */
  path: string;
  input: 'text' | 'long' | 'number' | 'choice' | 'flag' | 'many' | 'list' | 'json';
  /** Of `choice` and `many`. */
  options?: readonly string[];
  /** What is typed is so many of what is sent: 60,000 for minutes that are sent as milliseconds. */
  scale?: number;
  required?: boolean;
}

/** What stands in the controls, by path. */
export type FormValues = Record<string, string | boolean | string[]>;

type Thing = Readonly<Record<string, unknown>>;

/** What the controls show of a thing; empty where it says nothing. */
export function toForm(specs: readonly FieldSpec[], thing: Thing): FormValues {
  return Object.fromEntries(
    specs.map((spec) => [spec.path, shown(spec, valueAt(thing, spec.path))]),
  );
}

/** The thing as typed; fields that are empty are left out, and so is a part all of whose fields are. */
export function fromForm(specs: readonly FieldSpec[], values: FormValues): Record<string, unknown> {
  const thing: Record<string, unknown> = {};
  for (const spec of specs) {
    const value = meant(spec, values[spec.path]);
    if (value !== undefined) put(thing, spec.path.split('.'), value);
  }
  return thing;
}

/** A change of a thing: what is typed, and null for what was taken away (RFC 7396), part by part. */
export function patchOf(specs: readonly FieldSpec[], values: FormValues): Record<string, unknown> {
  const thing = fromForm(specs, values);
  const parts = new Set(specs.map(({ path }) => path.split('.')[0] ?? path));
  return Object.fromEntries([...parts].map((part) => [part, thing[part] ?? null]));
}

function shown({ input, scale = 1 }: FieldSpec, value: unknown): string | boolean | string[] {
  if (input === 'flag') return value === true;
  if (input === 'many') return Array.isArray(value) ? value.map(String) : [];
  if (value === undefined || value === null) return '';
  if (input === 'list') return Array.isArray(value) ? value.join('\n') : '';
  if (input === 'json') return JSON.stringify(value, null, 2);
  return typeof value === 'number' ? String(value / scale) : String(value);
}

function meant({ input, scale = 1 }: FieldSpec, typed: FormValues[string] | undefined): unknown {
  if (input === 'flag') return typed === true;
  if (input === 'many') return Array.isArray(typed) && typed.length > 0 ? typed : undefined;
  const text = typeof typed === 'string' ? typed.trim() : '';
  if (text === '') return undefined;
  if (input === 'list') return text.split(/[\s,;]+/).filter(Boolean);
  if (input === 'json') return parsed(text);
  // A comma is what half of Europe types; what is no number is for the API to refuse.
  if (input === 'number') return numberOf(text, scale);
  return text;
}

function numberOf(text: string, scale: number): number | string {
  const value = Number(text.replace(',', '.'));
  return Number.isFinite(value) ? value * scale : text;
}

/** What is no JSON goes as it is: the API says what is wrong with it, at the field. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function valueAt(thing: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, part) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, part)
          ? (at as Thing)[part]
          : undefined,
      thing,
    );
}

function put(thing: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    thing[first] = value;
    return;
  }
  const within = (thing[first] ?? {}) as Record<string, unknown>;
  thing[first] = within;
  put(within, rest, value);
}
