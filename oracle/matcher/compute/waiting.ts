/** Who waits for something. */
export interface Waiting<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}
