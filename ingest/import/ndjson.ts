import { isObject, shown } from '../decode/decoder.ts';
import type { LineParser, ParsedLine } from './row.ts';
import { malformed, onlyFault } from './row.ts';

/** Fields of our own export that an import does not take over. */
const leftAside: ReadonlySet<string> = new Set(['unit', 'flag', 'reasons', 'received_at']);

/** A JSON object on each line: `{"device","metric","at","value"}`, or metrics by name: `{"device","at","pm10":…}`. */
export function createNdjsonParser(): LineParser {
  const ignoredColumns = new Set<string>();
  return {
    ignoredColumns,
    parse(line, text) {
      if (text.trim() === '') return undefined;
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        return onlyFault(malformed(line, `not JSON: ${shown(text)}`));
      }
      if (isObject(json)) return valuesOf(line, json);
      return onlyFault(malformed(line, `must be an object, got ${shown(json)}`));
    },
  };

  function valuesOf(line: number, { device, at, ...rest }: Record<string, unknown>): ParsedLine {
    if (device !== undefined && typeof device !== 'string') {
      return onlyFault(malformed(line, `device must be text, got ${shown(device)}`));
    }
    const { metric, value, ...more } = rest;
    const isLong = metric !== undefined || value !== undefined;
    if (isLong) for (const name of Object.keys(more)) ignore(name);
    if (isLong && typeof metric !== 'string') {
      return onlyFault(malformed(line, `metric must be text, got ${shown(metric)}`));
    }
    if (isLong && value === undefined) {
      return onlyFault(malformed(line, `value is missing in ${shown(rest)}`));
    }
    const all: [string, unknown][] = isLong
      ? [[String(metric), value]]
      : Object.entries(rest).filter(([name]) => !leftAside.has(name) || ignore(name));
    const given = all.filter(([, sent]) => sent !== null);
    return {
      values: given.map(([name, sent]) => ({
        line,
        device,
        metric: name,
        value: sent,
        at: at ?? null,
      })),
      faults: [],
      notMeasured: all.length - given.length,
    };
  }

  function ignore(name: string): false {
    if (ignoredColumns.size < 50) ignoredColumns.add(name.slice(0, 128));
    return false;
  }
}
