/** Keeps a wall's screen on while the page is visible; browsers without wake locks go dark as they are set. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let wanted = true;
  async function request(): Promise<void> {
    if (!wanted || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    // Refused on low battery, or without https: the screen then follows the system's own setting.
    lock = await navigator.wakeLock.request('screen').catch(() => undefined);
  }
  const onVisible = (): void => void request();
  document.addEventListener('visibilitychange', onVisible);
  void request();
  return () => {
    wanted = false;
    document.removeEventListener('visibilitychange', onVisible);
    void lock?.release();
  };
}
