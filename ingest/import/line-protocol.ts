import { shown } from '../decode/decoder.ts';
import type { LineParser, ParsedLine } from './row.ts';
import { malformed, onlyFault } from './row.ts';

/** Fields of our own export that an import does not take over. */
const leftAside: ReadonlySet<string> = new Set(['flag', 'reasons', 'received_at']);

/**
 * InfluxDB line protocol: `<measurement>,device=<provider>/<device> <field>=<value>,… <epoch>`. A field is a metric
 * by its name; a field `value` belongs to the metric that the tag `metric`, or else the measurement, names. The
 * epoch may be in s, ms, µs or ns, told apart by size.
 */
export function createLineProtocolParser(): LineParser {
  const ignoredColumns = new Set<string>();
  return {
    ignoredColumns,
    parse(line, text) {
      if (text.trim() === '' || text.startsWith('#')) return undefined;
      const point = pointOf(text.trim());
      if (!point) return onlyFault(malformed(line, `not line protocol: ${shown(text)}`));
      return valuesOf(line, point);
    },
  };

  function valuesOf(line: number, { measurement, tags, fields, time }: Point): ParsedLine {
    const provider = tags.get('provider');
    const named = tags.get('device');
    const device =
      named !== undefined && provider !== undefined && !named.includes('/')
        ? `${provider}/${named}`
        : named;
    const isLong = fields.has('value');
    const values = [...fields].flatMap(([name, value]) => {
      if (leftAside.has(name) || (isLong && name !== 'value')) {
        if (ignoredColumns.size < 50) ignoredColumns.add(name.slice(0, 128));
        return [];
      }
      const metric = isLong ? (tags.get('metric') ?? measurement) : name;
      return [{ line, device, metric, value, at: time }];
    });
    return { values, faults: [], notMeasured: 0 };
  }
}

interface Point {
  measurement: string;
  tags: Map<string, string>;
  fields: Map<string, string | boolean>;
  time: string | null;
}

function pointOf(text: string): Point | undefined {
  const [series, fieldSet, time, ...more] = splitOutside(text, ' ').filter((part) => part !== '');
  if (series === undefined || fieldSet === undefined || more.length > 0) return undefined;
  if (time !== undefined && !/^-?\d{1,19}$/.test(time)) return undefined;
  const [measurement = '', ...tagTexts] = splitOutside(series, ',');
  const tags = new Map<string, string>();
  for (const tag of tagTexts) {
    const pair = pairOf(tag);
    if (!pair) return undefined;
    tags.set(pair[0], unescaped(pair[1]));
  }
  const fields = new Map<string, string | boolean>();
  for (const field of splitOutside(fieldSet, ',')) {
    const pair = pairOf(field);
    if (!pair) return undefined;
    fields.set(pair[0], fieldValue(pair[1]));
  }
  if (measurement === '') return undefined;
  return { measurement: unescaped(measurement), tags, fields, time: time ?? null };
}

function pairOf(text: string): [key: string, value: string] | undefined {
  const [key, ...values] = splitOutside(text, '=');
  if (!key || values.length === 0 || values[0] === '') return undefined;
  return [unescaped(key), values.join('=')];
}

/** Splits at a character that is neither escaped nor inside a quoted text. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    // A quote opens a text only where a field's value begins.
    else if (char === '"' && (isQuoted || text[index - 1] === '=')) isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unescaped(text: string): string {
  return text.replace(/\\([,= ])/g, '$1');
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((text) => [text, false] as const),
]);

function fieldValue(text: string): string | boolean {
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (/^[-+]?\d+[iu]$/.test(text)) return text.slice(0, -1);
  return booleans.get(text) ?? text;
}
