import { buildDashboard } from '../../deploy/build-dashboard.ts';

/** Once for all tests: platforms that start side by side must not build the page side by side. */
export function setup(): void {
  buildDashboard(console.log);
}
