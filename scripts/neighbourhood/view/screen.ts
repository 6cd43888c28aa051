/** Where a view is drawn: a terminal, or anything that takes text. */
export interface Output {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  write(text: string): unknown;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

const ESC = "\u001b[";
const ALTERNATE_SCREEN = `${ESC}?1049h`;
const MAIN_SCREEN = `${ESC}?1049l`;
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const HOME = `${ESC}H`;
const CLEAR_LINE_END = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
/** Terminals that know it show a frame at once; others ignore it. */
const BEGIN_FRAME = `${ESC}?2026h`;
const END_FRAME = `${ESC}?2026l`;
const RESET = `${ESC}0m`;

/** What a piece of text looks like. */
export type Style = "plain" | "bold" | "dim" | "green" | "red" | "yellow" | "inverse";

const CODES: Record<Style, string> = {
  plain: "0",
  bold: "1",
  dim: "2",
  green: "32",
  red: "31",
  yellow: "33",
  inverse: "7",
};

/** A piece of a line. */
export interface Span {
  text: string;
  style?: Style;
}

/** A line of the screen. */
export type Line = readonly Span[];

/** A line of unstyled text. */
export const plain = (text: string): Line => [{ text }];

/** The whole terminal as a page that is drawn over itself without flicker, and given back as it was. */
export class Screen {
  readonly #output: Output;
  readonly #color: boolean;
  #shown: string[] = [];
  #open = false;
  readonly #onResize: () => void;

  /** @param redraw called when the terminal's size changes */
  constructor(output: Output, redraw: () => void) {
    this.#output = output;
    this.#color = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
    this.#onResize = () => {
      this.#shown = [];
      redraw();
    };
  }

  get width(): number {
    return this.#output.columns ?? 80;
  }

  get height(): number {
    return this.#output.rows ?? 24;
  }

  open(): void {
    this.#open = true;
    this.#output.write(`${ALTERNATE_SCREEN}${HIDE_CURSOR}${HOME}${CLEAR_BELOW}`);
    this.#output.on?.("resize", this.#onResize);
    process.once("exit", this.close);
  }

  /** Gives the terminal back. */
  readonly close = (): void => {
    if (!this.#open) return;
    this.#open = false;
    this.#output.off?.("resize", this.#onResize);
    process.off("exit", this.close);
    this.#output.write(`${RESET}${SHOW_CURSOR}${MAIN_SCREEN}`);
  };

  /** Shows lines, cut to the terminal; only those that differ are written. */
  draw(lines: readonly Line[]): void {
    if (!this.#open) return;
    const { width, height } = this;
    const next = Array.from({ length: height }, (_, row) => this.#render(lines[row] ?? [], width));
    const changes = next
      .map((line, row) =>
        line === this.#shown[row] ? "" : `${ESC}${row + 1};1H${line}${CLEAR_LINE_END}`,
      )
      .join("");
    this.#shown = next;
    if (changes !== "") this.#output.write(`${BEGIN_FRAME}${changes}${END_FRAME}`);
  }

  #render(line: Line, width: number): string {
    let left = width;
    let rendered = "";
    for (const { text, style = "plain" } of line) {
      // Every character of the page is one column wide and one code unit long.
      const shown = text.slice(0, left);
      left -= shown.length;
      rendered +=
        style === "plain" || !this.#color ? shown : `${ESC}${CODES[style]}m${shown}${RESET}`;
      if (left === 0) break;
    }
    return rendered;
  }
}
