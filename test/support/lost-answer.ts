import type { AntsCall, AntsFault, SentSms } from 'nestjs-ants-otp/testing';
import type { AntsReportStatus } from 'nestjs-ants-otp/testing';
import { isOtpException, OtpSweeper } from 'nestjs-ants-otp';
import type { OtpHolder, OtpService, OtpView } from 'nestjs-ants-otp';
import { KeyRing } from '../../src/service/key-ring.js';
import { nextMobile } from './app.js';
import type { TestApp } from './app.js';
import { wrongCodes } from './outcomes.js';

/** Processes of one app: they share the database and ANTS. */
export interface Processes {
  main: TestApp;
  /** Takes over while `main` waits for ANTS. */
  second: TestApp;
  /** Waits for ANTS only shortly. */
  hasty: TestApp;
}

/** What is seen from outside when a story has come to its point. */
export interface Seen {
  status: string;
  delivery: string;
  history: string[];
  sms: number;
  calls: number;
  left: number;
  /** What counts against the number: SMS for its cool-down, and wrong codes. */
  counted: { sms: number; wrong: number };
}

/** Waits are told to the second; the table says which of these a wait is at most. */
const WAITS = [1, 10, 15, 60, 120, 300];

/** One number, what its user does, and what the user is told. */
export class Story {
  readonly mobile = nextMobile();
  /** In order: an error code, with the longest wait where one is given, or what was got. */
  readonly told: string[] = [];
  /** Where the user's calls arrive. */
  private at: keyof Processes = 'main';
  private readonly ids = new Set<string>();
  private readonly requestsBefore: number;

  constructor(
    private readonly processes: Processes,
    /** One of its own for each story, since an account's SMS are limited. */
    readonly subject?: string,
  ) {
    this.requestsBefore = this.simulator.requests.length;
  }

  // --- what the user does ------------------------------------------------------------------------

  ask(): Promise<void> {
    const { mobile, subject } = this;
    return this.tell('a new OTP', async (otps) => {
      const { id } = await otps.request({ mobile, subject });
      if (this.ids.has(id)) return 'the same OTP';
      this.ids.add(id);
    });
  }

  async resend(): Promise<void> {
    const [{ id }] = await this.otps();
    const ticket = this.ticketOf(id);
    return this.tell('a new SMS', (otps) => otps.resend(id, { ticket }));
  }

  async enter(code: string, holder?: OtpHolder): Promise<void> {
    const [{ id }] = await this.otps();
    const given = holder ?? { ticket: this.ticketOf(id) };
    return this.tell('verified', (otps) => otps.verify(id, code, given));
  }

  // --- what the user knows -------------------------------------------------------------------------

  sms(): SentSms[] {
    return this.simulator.messages(this.mobile);
  }

  /** The code of the first SMS; -1: of the newest. */
  code(n = 0): string {
    return this.sms().at(n)?.code ?? '000000';
  }

  /** A wrong code, another one for each `n`. */
  wrong(n = 0): string {
    return wrongCodes(this.code(), n + 1)[n]!;
  }

  // --- what goes wrong, and what happens by itself -------------------------------------------------

  get simulator() {
    return this.processes.main.simulator;
  }

  async failing(call: AntsCall, fault: AntsFault, act: () => Promise<void>): Promise<void> {
    this.simulator.next(call, fault);
    await this.from(fault.hang ? 'hasty' : 'main', act);
  }

  /** Nobody listens at ANTS' address. */
  async unreachable(act: () => Promise<void>): Promise<void> {
    await this.simulator.stop();
    // By then the app's kept connections are known to be closed.
    for (let n = 0; n < 2; n++) await this.database.query('SELECT 1');
    try {
      await act();
    } finally {
      await this.simulator.start();
    }
  }

  /** The database does not take what ANTS has answered. */
  async unsettled(act: () => Promise<void>): Promise<void> {
    await this.database.query(`
      CREATE FUNCTION lose() RETURNS trigger AS $$ BEGIN RAISE 'lost'; END $$ LANGUAGE plpgsql;
      CREATE TRIGGER lose BEFORE INSERT ON otp_events FOR EACH ROW
        WHEN (NEW.type NOT IN ('requested', 'resend_requested')) EXECUTE FUNCTION lose()`);
    try {
      await act();
    } finally {
      await this.database.query('DROP FUNCTION lose CASCADE');
    }
  }

  /** ANTS has done it, but its answer comes only after `meanwhile`. */
  async overtaken(
    call: AntsCall,
    act: () => Promise<void>,
    meanwhile: () => Promise<void>,
  ): Promise<void> {
    const held = this.simulator.hold(call);
    const acted = act();
    await held.arrived;
    await this.from('second', meanwhile);
    held.release();
    await acted;
  }

  /** Seconds pass, and the sweeper comes by. */
  async pass(seconds: number): Promise<void> {
    await this.database.age(`${seconds} s`);
    await this.processes.main.app.get(OtpSweeper).sweep();
  }

  async report(status: AntsReportStatus): Promise<void> {
    await this.simulator.report(this.sms().at(-1)!, { status });
  }

  // --- what is seen --------------------------------------------------------------------------------

  /** How it stands with the first OTP, the number, and the calls of this kind. */
  async see(call: AntsCall): Promise<Seen> {
    const { id, status, delivery, attemptsLeft: left } = (await this.otps()).at(-1)!;
    const history = await this.processes.main.otps.history(id);
    const { rows } = await this.database.query(
      `SELECT coalesce(max(cardinality(l.hits)) FILTER (WHERE l.key LIKE 'cooldown:%'), 0) AS sms,
         coalesce(max(cardinality(l.hits)) FILTER (WHERE l.key LIKE 'failures:%'), 0) AS wrong
       FROM otps AS o JOIN otp_limits AS l ON strpos(l.key, encode(o.mobile_mac, 'hex')) > 0
       WHERE o.id = $1`,
      [id],
    );
    const counted = rows[0] as unknown as Seen['counted'];
    const calls = this.simulator.requests
      .slice(this.requestsBefore)
      .filter((r) => r.call === call).length;
    const types = history.map(({ type }) => type);
    return { status, delivery, history: types, sms: this.sms().length, calls, left, counted };
  }

  /** Newest first. */
  private async otps(): Promise<[OtpView, ...OtpView[]]> {
    return (await this.processes.main.otps.find({ mobile: this.mobile })) as [OtpView];
  }

  private get database() {
    return this.processes.main.database;
  }

  /** A ticket is made of the id: the app has one even where the ask was never answered. */
  private ticketOf(id: string): string {
    return this.processes.main.app.get(KeyRing, { strict: false }).ticket(id);
  }

  private async from(process: keyof Processes, act: () => Promise<void>): Promise<void> {
    this.at = process;
    await act();
    this.at = 'main';
  }

  private async tell(success: string, act: (otps: OtpService) => Promise<unknown>): Promise<void> {
    try {
      const got = await act(this.processes[this.at].otps);
      this.told.push(typeof got === 'string' ? got : success);
    } catch (error) {
      if (!isOtpException(error)) throw error;
      const { code, retryAfter } = error;
      const wait = retryAfter && WAITS.find((seconds) => seconds >= retryAfter);
      this.told.push(wait ? `${code} (${wait} s)` : code);
    }
  }
}
