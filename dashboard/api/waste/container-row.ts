import type { Device } from '../../../broker/contract/device.ts';
import { deviceKey } from '../../../broker/contract/ids.ts';
import type { ContainerRow, FillForecast } from '../../../broker/contract/waste.ts';
import { containerFacts } from '../../../ingest/domain/waste/container-facts.ts';
import { judgeFacts } from '../../../ingest/domain/waste/container-state.ts';
import type { FillHistory } from '../../../ingest/domain/waste/fill-hours.ts';
import { hoursTo } from '../../../ingest/domain/waste/forecast.ts';
import { containerParameters } from '../../../ingest/domain/waste/rule-set.ts';
import type { Context } from '../context.ts';
import { type ContainerWatch, contextOf } from './container-watch.ts';

/** Of one whose hours are not read yet. */
const nothingRead: FillHistory = { rate: null, emptiedAt: null, firstAt: null };

/** How a container stands: its newest values, what is remembered of it, and its hours. */
export function containerRow(
  { state, deps }: Context,
  device: Device,
  { watch, history: read }: { watch: ContainerWatch; history: FillHistory | undefined },
): ContainerRow {
  const history = read ?? nothingRead;
  const now = deps.clock();
  const key = deviceKey(device.provider, device.id);
  const context = contextOf(device, now);
  const facts = containerFacts(state.device(key)?.slots ?? new Map(), context);
  const memory = watch.now(device, now);
  const emptiedAt = newest(history.emptiedAt, memory.fill?.emptiedAt);
  const past = {
    ...memory,
    percent: memory.fill?.last.percent,
    notEmptiedSinceAt: emptiedAt ?? history.firstAt ?? memory.fill?.firstAt ?? null,
  };
  const { state: containerState, isLate } = judgeFacts(facts, context, past);
  const fillPercent = facts.fill && (past.percent ?? facts.fill.percent);
  const { stream, collectAtPercent, urgentAtPercent } = containerParameters(device.container);
  const forecast = (level: number): FillForecast | null =>
    fillPercent === null ? null : hoursTo(level, history.rate, { at: now, percent: fillPercent });
  return {
    device: key,
    stream,
    state: containerState,
    fillPercent,
    fillAt: facts.fill?.at ?? null,
    isFillSuspect: facts.fill?.isSuspect ?? false,
    ratePercentPerDay: history.rate && history.rate.perHour * 24,
    toCollect: forecast(collectAtPercent),
    toFull: forecast(100),
    collectAtPercent,
    urgentAtPercent,
    capacityL: device.container?.capacityL ?? null,
    temperatureC: facts.temperature?.value ?? null,
    isTilted: facts.tilt && facts.tilt.value === 1,
    emptiedAt,
    newestEvent: watch.newestEvent(key) ?? null,
    isLate,
    isPending: read === undefined,
  };
}

function newest(one: number | null, other: number | null | undefined): number | null {
  return one === null || other == null ? (one ?? other ?? null) : Math.max(one, other);
}
