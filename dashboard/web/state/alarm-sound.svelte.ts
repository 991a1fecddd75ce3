import type { AlarmPriority } from '../../../broker/contract/alarm-rules.ts';
import type { Preferences } from './preferences.ts';

/** A short tone for urgent alarms; silent until somebody asks for it. Made here, as nothing is loaded for it. */
export class AlarmSound {
  on = $state(false);
  readonly #preferences: Preferences;
  #context: AudioContext | undefined;

  constructor(preferences: Preferences) {
    this.#preferences = preferences;
    this.on = preferences.get('sound') === 'on';
  }

  /** Whoever switches it on hears how it sounds. */
  choose(on: boolean): void {
    this.on = on;
    this.#preferences.set('sound', on ? 'on' : 'off');
    if (on) this.#ring('high');
  }

  /** Rings for what is urgent, in one of the tabs of this browser. */
  play(priority: AlarmPriority): void {
    if (!this.on || (priority !== 'critical' && priority !== 'high')) return;
    if (!('locks' in navigator)) {
      this.#ring(priority);
      return;
    }
    void navigator.locks.request('sensorplatz-sound', { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      this.#ring(priority);
      await new Promise((resolve) => setTimeout(resolve, quietMs));
    });
  }

  /** Two tones, three for what is critical. A browser that allows no sound yet stays silent. */
  #ring(priority: AlarmPriority): void {
    this.#context ??= new AudioContext();
    const context = this.#context;
    void context.resume();
    const tones = priority === 'critical' ? [880, 660, 880] : [660, 880];
    for (const [index, frequency] of tones.entries()) {
      const begin = context.currentTime + index * toneS;
      const oscillator = new OscillatorNode(context, { frequency });
      const gain = new GainNode(context, { gain: 0 });
      // Swelling and fading: without a click, and without a fright.
      gain.gain.setValueAtTime(0, begin);
      gain.gain.linearRampToValueAtTime(loudness, begin + toneS / 4);
      gain.gain.linearRampToValueAtTime(0, begin + toneS);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(begin);
      oscillator.stop(begin + toneS);
    }
  }
}

const toneS = 0.22;
const loudness = 0.15;
/** Other tabs that heard of the same alarm keep quiet for so long. */
const quietMs = 2_000;
