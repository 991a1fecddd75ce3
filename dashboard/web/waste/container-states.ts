import type { Severity } from '../../../broker/contract/finding.ts';
import type { ContainerRow, ContainerState, WasteStream } from '../../../broker/contract/waste.ts';
import { containerSeverity } from '../../../ingest/domain/finding.ts';
import { wasteRuleSet } from '../../../ingest/domain/waste/rule-set.ts';
import type { Look } from '../state/parts.ts';

/** The contract's lists once more, without its schemas; `container-rows.test.ts` holds them to it. Worst first. */
export const containerStates = [
  'fire',
  'dropped',
  'overflow',
  'urgent',
  'due',
  'late',
  'no-data',
  'ok',
] as const satisfies readonly ContainerState[];

export const wasteStreams = [
  'paper',
  'glass',
  'residual',
  'organic',
  'packaging',
  'textile',
  'metal',
  'other',
] as const satisfies readonly WasteStream[];

const fault = (state: ContainerState): Look => ({
  shape: 'square',
  form: 'solid',
  tone: containerSeverity[state],
});

export const containerLooks: Readonly<Record<ContainerState, Look>> = {
  fire: fault('fire'),
  dropped: fault('dropped'),
  overflow: fault('overflow'),
  urgent: fault('urgent'),
  due: fault('due'),
  late: fault('late'),
  'no-data': { shape: 'square', form: 'crossed', tone: 0 },
  ok: { shape: 'square', form: 'solid', tone: 0 },
};

/** Of how full it is alone: a fire in an empty container does not fill it. */
export function fillTone({
  fillPercent,
  collectAtPercent,
  urgentAtPercent,
}: Pick<ContainerRow, 'fillPercent' | 'collectAtPercent' | 'urgentAtPercent'>): Severity {
  if (fillPercent === null || fillPercent < collectAtPercent) return 0;
  if (fillPercent >= wasteRuleSet.overflowAtPercent) return 3;
  return fillPercent >= urgentAtPercent ? 2 : 1;
}

/** 0 is the worst. */
export function rankOf(state: ContainerState): number {
  return containerStates.indexOf(state);
}
