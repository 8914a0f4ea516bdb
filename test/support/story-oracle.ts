import { createHash } from 'node:crypto';
import type { OtpView } from 'nestjs-ants-otp';
import { KeyRing } from '../../src/service/key-ring.js';
import type { Answer, Step, Story, Told } from './story.js';

/** The answers that fit: codes of refusals, `null` for a success; `any` where the story cannot tell. */
type Fitting = readonly (string | null)[] | 'any';
type Of<Kind extends Step['do']> = Extract<Step, { do: Kind }>;

/** What this OTP remembers of checks without an answer, as docs/lifecycle.md has it ("Lost answers"). */
type Lost = { kind: 'none' } | { kind: 'one'; code: string } | { kind: 'several'; codes: string[] };

/** So close to a point of time that the step itself may take longer. Milliseconds. */
const CLOSE_MS = 5_000;

/**
 * Knows beforehand how a step will be answered when nothing else runs: from what people can see, the
 * rules of docs/lifecycle.md, and what was lost on the way to ANTS.
 */
export class Oracle {
  private readonly lost = new Map<string, Lost>();
  /** OTPs with a resend that ANTS may have carried out without our knowing. */
  private readonly foggy = new Set<string>();

  constructor(private readonly story: Story) {}

  /** Plays a step. @throws Error when the answer is none of those that fit */
  async play(step: Step): Promise<Answer> {
    const told = 'otp' in step ? this.story.toldOf(step.otp) : undefined;
    const code = told && step.do === 'verify' ? this.story.codeOf(told, step) : '';
    const same = step.do === 'request' ? await this.repeatOf(step) : undefined;
    const fitting = await this.fitting(step, told, code, same);
    const answer = await this.story.play(step);
    if (fitting !== 'any' && !fitting.includes(answer.code))
      throw new Error(
        `${JSON.stringify(step)} was answered ${answer.code ?? 'with success'}, not ${fitting.join(' or ')}.`,
      );
    if (fitting !== 'any' && same && answer.code === null)
      if ((answer.value as Told).id !== same.id)
        throw new Error(`${JSON.stringify(step)} is a repeat and got another OTP.`);
    if (step.do === 'request') await this.checkWait(step, answer);
    if (told) this.remember(step, told, code, answer);
    return answer;
  }

  private async fitting(
    step: Step,
    told: Told | undefined,
    code: string,
    same: Told | undefined,
  ): Promise<Fitting> {
    if (step.do === 'request') return this.ofRequest(step, same);
    if (!told || step.do === 'report') return [null];
    const view = await this.viewOf(told);
    switch (step.do) {
      case 'resend':
        return this.ofResend(step, told, view);
      case 'verify':
        return this.ofVerify(step, told, view, code);
      case 'cancel':
        if (!view || isStranger(step.by)) return ['not_found'];
        if (isClose(view.expiresAt)) return 'any';
        return [view.status === 'pending' ? null : endOf(view)];
      case 'consume':
        return [view?.verifiedAt && !view.consumedAt && !view.revokedAt ? null : 'proof_consumed'];
      case 'revoke':
      case 'pass':
      case 'sweep':
      case 'purge':
      case 'fault':
        return [null];
    }
  }

  private async ofRequest(step: Of<'request'>, same: Told | undefined): Promise<Fitting> {
    const limits = await this.limitsOf(step);
    if (limits.close) return 'any';
    const live = await this.liveOf(step);
    if (live && isClose(live.view.expiresAt)) return 'any';
    if (same) return [null];
    if (live && step.key !== undefined && step.key === live.told.key)
      return ['idempotency_mismatch'];
    if (limits.locked) return ['locked'];
    if (limits.cooling) return ['cooldown'];
    return this.story.isFaulty('requestOTP') ? 'any' : [null];
  }

  private async ofResend(step: Of<'resend'>, { id }: Told, view: OtpView | null): Promise<Fitting> {
    if (!view || isStranger(step.by)) return ['not_found'];
    if (view.status !== 'pending') return isClose(view.expiresAt) ? 'any' : [endOf(view)];
    const lateAt = new Date(view.createdAt.getTime() + 540_000);
    if ([view.expiresAt, view.resendAvailableAt, view.lockedUntil, lateAt].some(isClose))
      return 'any';
    if (view.sends >= (await this.maxSends(id))) return ['max_sends_reached'];
    if (view.attemptsLeft === 0) return ['max_attempts_reached'];
    if (lateAt < new Date()) return ['too_late_to_resend'];
    if (view.lockedUntil) return ['locked'];
    if (view.resendAvailableAt > new Date()) return ['cooldown'];
    const clear = this.lostOf(id).kind === 'none' && !this.foggy.has(id);
    return clear && !this.story.isFaulty('resendOTP') ? [null] : 'any';
  }

  private ofVerify(step: Of<'verify'>, { id }: Told, view: OtpView | null, code: string): Fitting {
    if (!view || isStranger(step.by)) return ['not_found'];
    const isRight = code === this.story.smsOf(id).at(-1)?.code;
    if (view.status === 'verified') return isRight ? [null, 'already_used'] : ['already_used'];
    if (isClose(view.expiresAt) || isClose(view.lockedUntil)) return 'any';
    if (view.status !== 'pending') return [endOf(view)];
    const lost = this.lostOf(id);
    const isRecheck = lost.kind === 'one' && lost.code === code;
    if (view.attemptsLeft === 0 && !isRecheck) return ['max_attempts_reached'];
    if (view.lockedUntil && !isRecheck) return ['locked'];
    if (this.story.isFaulty('verifyOTP') || this.foggy.has(id)) return 'any';
    const isGone = lost.kind === 'several' && lost.codes.includes(code);
    if (isRight && !isGone) return [null];
    return ['wrong_code', 'already_used', 'max_attempts_reached'];
  }

  /** An SMS that surely did not leave gives the wait back, but for a refused number. */
  private async checkWait(step: Of<'request'>, { code }: Answer): Promise<void> {
    const back = code === 'send_failed' || code === 'expired';
    const kept = code === 'number_rejected' || code === 'send_unknown';
    const { cooling, close } = await this.limitsOf(step);
    if (!close && ((back && cooling) || (kept && !cooling)))
      throw new Error(`${JSON.stringify(step)} was answered ${code} and left the wrong wait.`);
  }

  private remember(step: Step, { id }: Told, code: string, answer: Answer): void {
    if (step.do === 'resend') {
      if (answer.code === null) this.lost.delete(id);
      if (answer.code === 'send_unknown') this.foggy.add(id);
    }
    if (step.do !== 'verify' || isStranger(step.by)) return;
    const lost = this.lostOf(id);
    if (answer.code === 'verify_unknown') this.lost.set(id, withLost(lost, code));
    else if (lost.kind === 'one' && lost.code === code) this.lost.delete(id);
  }

  private lostOf(id: string): Lost {
    return this.lost.get(id) ?? { kind: 'none' };
  }

  /** The live OTP that this ask repeats. */
  private async repeatOf(step: Of<'request'>): Promise<Told | undefined> {
    const live = await this.liveOf(step);
    if (live?.told.subject !== (step.subject ?? null)) return undefined;
    if (step.key !== undefined && step.key === live.told.key) return live.told;
    return step.subject !== undefined && (await this.limitsOf(step)).cooling
      ? live.told
      : undefined;
  }

  private async liveOf(step: Of<'request'>): Promise<{ told: Told; view: OtpView } | undefined> {
    const mobile = this.story.numbers[step.number % this.story.numbers.length];
    for (const told of this.story.told) {
      if (told.mobile !== mobile || told.purpose !== (step.purpose ?? 'default')) continue;
      const view = await this.viewOf(told);
      if (view?.status === 'pending') return { told, view };
    }
    return undefined;
  }

  private async viewOf({ id }: Told): Promise<OtpView | null> {
    return this.story.apps[0].otps.status(id).catch(() => null);
  }

  private async maxSends(id: string): Promise<number> {
    const { rows } = await this.story.database.query('SELECT max_sends FROM otps WHERE id = $1', [
      id,
    ]);
    return Number(rows[0]?.['max_sends']);
  }

  /** The number's waits: nobody can see them without an OTP. */
  private async limitsOf({
    number,
    purpose = 'default',
    subject,
  }: Of<'request'>): Promise<{ cooling: boolean; locked: boolean; close: boolean }> {
    const mobile = this.story.numbers[number % this.story.numbers.length]!;
    const mac = this.story.apps[0].app.get(KeyRing).mobileMac(`+66${mobile.slice(1)}`);
    const key = `default:${purpose}:${mac.toString('hex')}`;
    const owner = subject && `:${createHash('sha256').update(subject).digest('hex')}`;
    const { rows } = await this.story.database.query(
      'SELECT key, until FROM otp_limits WHERE key = ANY ($1) AND until > now()',
      [[`cooldown:${key}`, `failures:${key}${owner ?? ''}`]],
    );
    return {
      cooling: rows.some((row) => String(row['key']).startsWith('cooldown')),
      locked: rows.some((row) => String(row['key']).startsWith('failures')),
      close: rows.some((row) => isClose(row['until'] as Date)),
    };
  }
}

function withLost(lost: Lost, code: string): Lost {
  switch (lost.kind) {
    case 'none':
      return { kind: 'one', code };
    case 'one':
      return lost.code === code ? lost : { kind: 'several', codes: [lost.code, code] };
    case 'several':
      return { kind: 'several', codes: [...lost.codes, code] };
  }
}

const isStranger = (by: string): boolean => by === 'stranger' || by === 'nobody';
const isClose = (at: Date | null): boolean =>
  at !== null && Math.abs(at.getTime() - Date.now()) < CLOSE_MS;
/** The code that an end answers is its name, but for the success. */
const endOf = ({ status }: OtpView): string => (status === 'verified' ? 'already_used' : status);
