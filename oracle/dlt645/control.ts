/** Functions of DL/T 645-2007: the low five bits of the control byte. */
export const FUNCTIONS = {
  broadcastTime: 0x08,
  readData: 0x11,
  readFollowUp: 0x12,
  readAddress: 0x13,
  writeData: 0x14,
  writeAddress: 0x15,
  freeze: 0x16,
  baudRate: 0x17,
  password: 0x18,
  clearDemand: 0x19,
  clearMeter: 0x1a,
  clearEvents: 0x1b,
  relayControl: 0x1c,
} as const;

const FROM_METER = 0x80;
const ERROR = 0x40;
const MORE_FOLLOWS = 0x20;
const FUNCTION_MASK = 0x1f;

/** What a control byte says. */
export interface Control {
  functionCode: number;
  /** Set in replies. */
  fromMeter?: boolean;
  /** The data is an error word. */
  error?: boolean;
  /** The data goes on in a follow-up frame. */
  moreFollows?: boolean;
}

export function encodeControl({ functionCode, fromMeter, error, moreFollows }: Control): number {
  return (
    functionCode |
    (fromMeter === true ? FROM_METER : 0) |
    (error === true ? ERROR : 0) |
    (moreFollows === true ? MORE_FOLLOWS : 0)
  );
}

export function decodeControl(control: number): Required<Control> {
  return {
    functionCode: control & FUNCTION_MASK,
    fromMeter: (control & FROM_METER) !== 0,
    error: (control & ERROR) !== 0,
    moreFollows: (control & MORE_FOLLOWS) !== 0,
  };
}
