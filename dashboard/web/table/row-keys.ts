/** Arrow keys lead from row to row of a table whose rows each have one button `.row-button`. */
export function moveBetweenRows(table: HTMLElement): () => void {
  const handleKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const button = event.target instanceof HTMLElement && event.target.closest('.row-button');
    if (step === 0 || !button) return;
    const buttons = [...table.querySelectorAll<HTMLElement>('.row-button')];
    const next = buttons[buttons.indexOf(button as HTMLElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  table.addEventListener('keydown', handleKey);
  return () => table.removeEventListener('keydown', handleKey);
}
