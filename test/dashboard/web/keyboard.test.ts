import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeyboard } from '../../../dashboard/web/shell/keyboard.ts';
import type { App } from '../../../dashboard/web/state/app.svelte.ts';
import type { PageName, View } from '../../../dashboard/web/state/view.ts';

class FakeElement {
  focused = false;
  readonly #field: boolean;
  constructor(field: boolean) {
    this.#field = field;
  }
  matches(): boolean {
    return this.#field;
  }
  focus(): void {
    this.focused = true;
  }
}

const search = new FakeElement(true);
let layer: object | null = null;

function setUp(view: Partial<View> = {}) {
  const went: string[] = [];
  const time = { now: 0 };
  const app = {
    shortcuts: true,
    session: { current: { role: 'public' } },
    address: {
      view: { page: 'overview', ...view },
      goTo: (page: PageName) => went.push(page),
    },
    live: {
      paused: false,
      pause: () => went.push('pause'),
      resume: () => went.push('resume'),
    },
    select: () => went.push('select nothing'),
  };
  const press = createKeyboard(app as unknown as App, {
    clock: () => time.now,
    onHelp: () => went.push('help?'),
  });
  const key = (name: string, more: object = {}) => {
    const event = { key: name, target: new FakeElement(false), defaultPrevented: false, ...more };
    press({ preventDefault: () => went.push('taken'), ...event } as unknown as KeyboardEvent);
  };
  return { app, went, key, time };
}

beforeEach(() => {
  layer = null;
  search.focused = false;
  vi.stubGlobal('Element', FakeElement);
  vi.stubGlobal('document', { querySelector: () => layer, getElementById: () => search });
});
afterEach(() => vi.unstubAllGlobals());

describe('keys of a single character', () => {
  it.each(['/', '?', 'p', 'g'])('%s does nothing when they are switched off', (name) => {
    const { app, went, key } = setUp();
    app.shortcuts = false;
    key(name);
    expect([went, search.focused]).toEqual([[], false]);
  });

  it.each([
    ['while something is typed', { target: new FakeElement(true) }],
    ['with Ctrl', { ctrlKey: true }],
    ['with Alt', { altKey: true }],
    ['with the command key', { metaKey: true }],
    ['that somebody else took', { defaultPrevented: true }],
  ])('are left alone %s', (_when, more) => {
    const { went, key } = setUp();
    for (const name of ['/', '?', 'p']) key(name, more);
    expect([went, search.focused]).toEqual([[], false]);
  });

  it('are left to a dialog that is open', () => {
    const { went, key } = setUp();
    layer = {};
    for (const name of ['/', '?', 'p', 'Escape']) key(name);
    expect(went).toEqual([]);
  });

  it('search, help, pause', () => {
    const { went, key } = setUp();
    for (const name of ['/', '?', 'p']) key(name);
    expect(went).toEqual(['taken', 'help?', 'taken', 'pause', 'taken']);
    expect(search.focused).toBe(true);
  });

  it('go to a screen by two letters, one soon after the other', () => {
    const { went, key, time } = setUp();
    key('g');
    key('a');
    expect(went).toEqual(['taken', 'alarms', 'taken']);
    key('a');
    key('g');
    time.now = 2_001;
    key('a');
    expect(went.slice(3)).toEqual(['taken']);
  });

  it('do not lead where one has nothing to do', () => {
    const { app, went, key } = setUp();
    key('g');
    key('d');
    expect(went).toEqual(['taken']);
    app.session.current.role = 'admin';
    key('g');
    key('d');
    expect(went.slice(1)).toEqual(['taken', 'admin', 'taken']);
  });
});

describe('Escape', () => {
  it.each([
    [{ page: 'device', device: 'a/b' }, ['overview']],
    [{ page: 'export' }, ['overview']],
    [{ page: 'overview', device: 'a/b' }, ['select nothing']],
    [{ page: 'air' }, []],
  ] as const)('goes one step out of %j, also with shortcuts off', (view, expected) => {
    const { app, went, key } = setUp(view as Partial<View>);
    app.shortcuts = false;
    key('Escape');
    expect(went).toEqual(expected);
  });
});
