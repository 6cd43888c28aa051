/** The time of day that a quarter-hour of a profile stands for: `09:30`. */
export function formatSlot(slot: number): string {
  const minutes = (slot % 96) * 15;
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
