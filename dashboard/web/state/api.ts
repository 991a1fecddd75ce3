import type { Problem } from '../../../broker/contract/api.ts';

/** The API refused or could not be reached; `code` is the problem's own, or `unreachable`. */
export class ApiFailure extends Error {
  readonly code: string;
  readonly status: number;
  /** Which field broke which rule, where the API says so. */
  readonly errors: NonNullable<Problem['errors']>;

  constructor(code: string, status: number, detail: string, errors: Problem['errors'] = []) {
    super(detail);
    this.code = code;
    this.status = status;
    this.errors = errors;
  }
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** Speaks to `/api/v1` of the own origin. All methods throw {@link ApiFailure}, and AbortError when aborted. */
export function createApi(base = '/api/v1'): Api {
  return {
    get: (path, signal) => request(base + path, signal ? { signal } : {}),
    send: (method, path, body) =>
      request(base + path, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
  };
}

async function request<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { credentials: 'same-origin', ...init }).catch((fault) => {
    if (init.signal?.aborted) throw fault;
    throw new ApiFailure('unreachable', 0, String(fault));
  });
  if (!response.ok) throw await failureOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const { status, statusText } = response;
  return new ApiFailure(
    problem.code ?? 'unexpected',
    status,
    problem.detail ?? problem.title ?? statusText,
    problem.errors,
  );
}
