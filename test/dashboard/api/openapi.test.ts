import { describe, expect, test } from 'vitest';
import { startTestApi } from './support/test-api.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: unknown }[];
  requestBody?: unknown;
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}
interface Document {
  openapi: string;
  info: object;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

async function documentOf(): Promise<{ document: Document; routes: string[] }> {
  const { ask, server } = await startTestApi();
  const document: Document = (await ask({ url: '/api/v1/openapi.json' })).json();
  return { document, routes: routesOf(server.app.printRoutes({ commonPrefix: false })) };
}

/** Fastify's tree of routes as lines of method and path; HEAD goes with its GET. */
function routesOf(tree: string): string[] {
  const parents: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent, path, methods] = /^([│ ]*)[├└]── (.*) \((.*)\)$/.exec(line) ?? [];
    if (indent === undefined || path === undefined || methods === undefined) return [];
    const depth = indent.length / 4;
    parents.splice(depth, parents.length, path);
    const url = parents.join('');
    return methods
      .split(', ')
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${url}`);
  });
}

const refs = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(refs);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : refs(child),
  );
};

describe('the OpenAPI document', () => {
  test('has for every operation a name, a summary, answers, and its path parameters', async () => {
    const { document } = await documentOf();
    expect(document.openapi).toMatch(/^3\.1\./);
    const names = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const name = `${method} ${path}`;
        expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
        expect(operation.summary, name).toBeTruthy();
        expect(Object.keys(operation.responses), name).toContain('default');
        expect(
          Object.keys(operation.responses).some((status) => /^2/.test(status)),
          name,
        ).toBe(true);
        for (const response of Object.values(operation.responses)) {
          expect(typeof response.description, name).toBe('string');
        }
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
        const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
        expect(declared.map((one) => one.name).sort(), name).toEqual(inPath.sort());
        expect(names.has(operation.operationId ?? ''), name).toBe(false);
        names.add(operation.operationId ?? '');
      }
    }
  });

  test('refers to nothing that it does not have', async () => {
    const { document } = await documentOf();
    const found = refs(document);
    expect(found.length).toBeGreaterThan(10);
    for (const ref of found) {
      expect(ref).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(ref.split('/').at(-1));
    }
  });

  test('names the frames of the stream, the native payload and the problem', async () => {
    const { document } = await documentOf();
    const names = ['ValuesFrame', 'HelloFrame', 'HeartbeatFrame', 'Problem', 'DeviceView'];
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(document.components.schemas).join()).toContain('NativePayload');
  });

  test('lists every route of the API, and shows the filters of the devices', async () => {
    const { document, routes } = await documentOf();
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
      ),
    );
    // Without pages: the one that shows the document, embedded tiles, and the one that says that there is no dashboard.
    const own = routes.filter((route) => !/^GET (\/api\/docs.*|\/embed\/.*|\/)$/.test(route));
    expect(own.length).toBeGreaterThan(20);
    expect(documented.sort()).toEqual(own.sort());
    const filters = document.paths['/api/v1/devices']?.get?.parameters?.map(({ name }) => name);
    expect(filters).toEqual(['kind', 'provider', 'status', 'bbox', 'q', 'limit', 'offset']);
  });

  test('is shown at /api/docs without asking anybody else', async () => {
    const { ask } = await startTestApi();
    const page = await ask({ url: '/api/docs' });
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)|<style| style=/);
    const setup = await ask({ url: '/api/docs/static/swagger-initializer.js' });
    expect(setup.body).toContain('"validatorUrl":null');
  });
});
