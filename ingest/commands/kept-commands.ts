import { type Command, CommandsFull } from '../../broker/contract/commands.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { commandLimits } from './limits.ts';

/** {@link commandLimits} with other values, e.g. small ones in tests. */
export type CommandLimits = Pick<
  { readonly [K in keyof typeof commandLimits]: number },
  'openPerDeviceMax' | 'openMax' | 'keptPerDeviceMax' | 'keptMax'
>;

/** A command that may still be done. */
export const isOpen = ({ state }: Pick<Command, 'state'>): boolean =>
  state === 'queued' || state === 'delivered';

/** All commands that are kept, in memory: by id, by device, and which have not ended. Bounded; oldest first. */
export class KeptCommands {
  readonly #limits: CommandLimits;
  readonly #byId = new Map<string, Command>();
  readonly #byDevice = new Map<DeviceKey, Set<string>>();
  readonly #open = new Set<string>();
  /** On their way to the disk, by device: they count as open. */
  readonly #coming = new Map<DeviceKey, number>();
  #comingCount = 0;

  constructor(limits: Partial<CommandLimits> = {}) {
    this.#limits = { ...commandLimits, ...limits };
  }

  get(id: string): Command | undefined {
    return this.#byId.get(id);
  }

  /** Newest first. */
  ofDevice(device: DeviceKey, limit: number): Command[] {
    const ids = [...(this.#byDevice.get(device) ?? [])].reverse().slice(0, limit);
    return ids.flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Oldest first. */
  open(device?: DeviceKey): Command[] {
    const ids = device === undefined ? this.#open : (this.#byDevice.get(device) ?? []);
    return [...ids].flatMap((id) => {
      const command = this.#byId.get(id);
      return command && isOpen(command) ? command : [];
    });
  }

  /** Devices that have commands which have not ended. */
  hasOpen(device: DeviceKey): boolean {
    for (const id of this.#byDevice.get(device) ?? []) if (this.#open.has(id)) return true;
    return false;
  }

  /** Takes a place for a command that is being written; give it back with the function. @throws CommandsFull */
  reserve(device: DeviceKey): () => void {
    const { openPerDeviceMax, openMax } = this.#limits;
    const coming = this.#coming.get(device) ?? 0;
    if (this.open(device).length + coming >= openPerDeviceMax)
      throw new CommandsFull(`${openPerDeviceMax} commands wait for ${device} already`);
    if (this.#open.size + this.#comingCount >= openMax)
      throw new CommandsFull(`${openMax} commands wait for devices already`);
    this.#coming.set(device, coming + 1);
    this.#comingCount += 1;
    return () => {
      this.#comingCount -= 1;
      const left = (this.#coming.get(device) ?? 1) - 1;
      if (left === 0) this.#coming.delete(device);
      else this.#coming.set(device, left);
    };
  }

  /** Adds or replaces. Gives the ids of those that had to go for it. */
  put(command: Command): string[] {
    const { id, device } = command;
    this.#byId.set(id, command);
    const ids = this.#byDevice.get(device) ?? new Set();
    this.#byDevice.set(device, ids.add(id));
    if (isOpen(command)) this.#open.add(id);
    else this.#open.delete(id);
    const { keptPerDeviceMax, keptMax } = this.#limits;
    return [
      ...(ids.size > keptPerDeviceMax ? this.#forgetOldest(ids) : []),
      ...(this.#byId.size > keptMax ? this.#forgetOldest(this.#byId.keys()) : []),
    ];
  }

  /** There is one: those that have not ended are fewer than are kept. */
  #forgetOldest(ids: Iterable<string>): string[] {
    for (const id of ids) {
      const command = this.#byId.get(id);
      if (!command || isOpen(command)) continue;
      this.#byId.delete(id);
      const ofDevice = this.#byDevice.get(command.device);
      ofDevice?.delete(id);
      if (ofDevice?.size === 0) this.#byDevice.delete(command.device);
      return [id];
    }
    return [];
  }
}
