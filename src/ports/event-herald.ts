/** Is told when an event was written, so that its handlers need not wait for the next look. */
export abstract class EventHerald {
  /** An event was written and committed. Costs nothing when nobody listens. */
  abstract nudge(): void;
  /** An event was written in a transaction of the app that is still open. */
  abstract expect(): void;
}
