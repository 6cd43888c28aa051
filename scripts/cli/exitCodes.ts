import type { BaseError } from "../../sdk/errors.ts";

/** Done. */
export const EXIT_SUCCESS = 0;
/** A defect of Sealwatt, or what a command means by it. */
export const EXIT_DEFECT = 1;
/** Something that the caller gave and has to mend; one line on stderr says what to change. */
export const EXIT_USAGE = 2;
/** Something that a new start may find mended, such as a full disk; apart, since service managers start no 2 again. */
export const EXIT_MAY_PASS = 3;

export const exitCodeOf = ({ mayPass }: BaseError) => (mayPass ? EXIT_MAY_PASS : EXIT_USAGE);
