/** How one part of a running process stands, for `/readyz` and for people. */
export interface HealthPart {
  /** `journal`, `store`, `broker`, … */
  name: string;
  /** `degraded`: an outage that is being ridden out, nothing is lost. `failed`: not ready. */
  state: 'ok' | 'degraded' | 'failed';
  /** One sentence: what is the matter. */
  detail?: string;
}
