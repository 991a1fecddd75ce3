import { ApiError } from './errors.ts';

/** A PUT names its thing by the path; a body that names another one is a mistake. */
export function requireSameId(inPath: string, inBody: string | undefined): void {
  if (inBody === undefined || inBody === inPath) return;
  throw new ApiError('invalid-request', `id: must be that of the path, ${inPath}`);
}
