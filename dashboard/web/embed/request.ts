import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type Available, chooseLanguage } from '../messages/catalogue.ts';

/** What a tile's address asks for. */
export interface TileRequest {
  /** Undefined when the address names none. */
  device: DeviceKey | undefined;
  /** Undefined: what the device is there for. */
  metric: string | undefined;
  theme: 'light' | 'dark' | undefined;
  language: Available;
}

/** Reads `/embed/device/<provider>/<device>?metric=&theme=&lang=`; what is malformed is as if it were not there. */
export function parseTile(
  { pathname, search }: { pathname: string; search: string },
  languages: readonly string[],
): TileRequest {
  const parameters = new URLSearchParams(search);
  const [, device] = /^\/embed\/device\/([\w-]{1,64}\/[\w-]{1,64})$/.exec(pathname) ?? [];
  const metric = parameters.get('metric') ?? '';
  const theme = parameters.get('theme');
  return {
    device: device as DeviceKey | undefined,
    metric: /^[a-z0-9_]{1,32}$/.test(metric) ? metric : undefined,
    theme: theme === 'light' || theme === 'dark' ? theme : undefined,
    language: chooseLanguage([parameters.get('lang'), ...languages]),
  };
}

/** The lines of HTML that show a tile on another page. */
export function tileSnippet(of: {
  origin: string;
  device: DeviceKey;
  metric: string | undefined;
  language: Available;
  title: string;
}): string {
  const query = new URLSearchParams({
    ...(of.metric === undefined ? {} : { metric: of.metric }),
    lang: of.language,
  });
  const source = `${of.origin}/embed/device/${of.device}?${query}`;
  return (
    `<iframe src="${escapeHtml(source)}" title="${escapeHtml(of.title)}" ` +
    'width="320" height="200" loading="lazy"></iframe>'
  );
}

/** For the inside of an attribute. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
