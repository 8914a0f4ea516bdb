import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { ApolloDriver } from '@nestjs/apollo';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { Args, Field, GqlExecutionContext, GraphQLModule, Mutation } from '@nestjs/graphql';
import { ObjectType, Query, Resolver } from '@nestjs/graphql';
import { OtpGuard, OtpOptional, OtpProof, RequireOtp, VerifiedOtp } from 'nestjs-ants-otp';
import type { OtpRequest } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

@ObjectType()
class Opened {
  @Field()
  mobile: string;

  constructor(mobile: string) {
    this.mobile = mobile;
  }
}

@Resolver()
@UseGuards(OtpGuard)
class VaultResolver {
  @Query(() => String)
  @OtpOptional('vault')
  peek(@VerifiedOtp() proof?: OtpProof): string {
    return proof?.mobile ?? 'nobody';
  }

  @Mutation(() => Opened)
  @RequireOtp('vault')
  open(@VerifiedOtp() { mobile }: OtpProof): Opened {
    return new Opened(mobile);
  }

  @Mutation(() => Opened)
  @RequireOtp('vault', { proof: 'body' })
  openByArgument(@Args('otpProof') _: string, @VerifiedOtp() { mobile }: OtpProof): Opened {
    return new Opened(mobile);
  }

  @Mutation(() => Opened)
  @RequireOtp('vault', { reuse: true })
  reopen(@VerifiedOtp() { mobile }: OtpProof): Opened {
    return new Opened(mobile);
  }

  @Mutation(() => Opened)
  @RequireOtp('vault', {
    binding: (context) => ({
      to: GqlExecutionContext.create(context).getArgs<{ to: string }>().to,
    }),
  })
  pay(@Args('to') _: string, @VerifiedOtp() { mobile }: OtpProof): Opened {
    return new Opened(mobile);
  }

  @Mutation(() => Opened)
  forgotten(): Opened {
    return new Opened('never reached');
  }
}

@Resolver()
class UnguardedResolver {
  @Mutation(() => String)
  unguarded(@VerifiedOtp() { mobile }: OtpProof): string {
    return mobile;
  }
}

const GRAPHQL: ApolloDriverConfig = { driver: ApolloDriver, autoSchemaFile: true };

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

describe.each(ADAPTERS)('OtpGuard on GraphQL fields, on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({
      adapter,
      imports: [GraphQLModule.forRoot<ApolloDriverConfig>(GRAPHQL)],
      providers: [VaultResolver, UnguardedResolver],
    });
  });
  afterAll(() => t.close());

  const proven = async (ask: Partial<OtpRequest> = {}) => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile, purpose: 'vault', ...ask });
    return { id, ...(await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket })) };
  };
  const run = async (query: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await request(t.url).post('/graphql').set(headers).send({ query }).expect(200);
    return answer.body as Answer;
  };
  const runWith = (query: string, proof: string) => run(query, { 'X-OTP-Proof': proof });
  const codes = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions['code']);

  it('opens a field to a proof in the header of the request, once, and hands it out', async () => {
    const { proof, mobile } = await proven();
    expect(await runWith('mutation { open { mobile } }', proof)).toEqual({
      data: { open: { mobile } },
    });
    expect(codes(await runWith('mutation { open { mobile } }', proof))).toEqual(['proof_consumed']);
  });

  it('refuses with our code, status and language, and no code of the framework', async () => {
    const { data, errors } = await run('mutation { open { mobile } }', { 'Accept-Language': 'th' });
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors![0]!.message).toContain('ยืนยัน');
    expect(errors![0]!.extensions).toEqual({ code: 'proof_required', statusCode: 401 });
  });

  it('answers with the status too, where the driver is told to keep it', async () => {
    const { database, simulator } = t;
    const config = { ...GRAPHQL, preserveHttpStatusForExecutionErrors: false };
    const imports = [GraphQLModule.forRoot<ApolloDriverConfig>(config)];
    const app = await bootApp({
      adapter,
      database,
      simulator,
      imports,
      providers: [VaultResolver],
    });
    try {
      const query = 'mutation { open { mobile } }';
      const answer = await request(app.url).post('/graphql').send({ query }).expect(401);
      expect(codes(answer.body as Answer)).toEqual(['proof_required']);
    } finally {
      await app.close();
    }
  });

  it.each<[string, (mine: string) => Promise<string> | string]>([
    ['forged', (proof) => `${proof.slice(0, -4)}AAAA`],
    ['of another purpose', async () => (await proven({ purpose: 'other' })).proof],
    ['bound to something', async () => (await proven({ binding: { to: 'A' } })).proof],
  ])('refuses a proof that is %s', async (_, change) => {
    const sent = await change((await proven()).proof);
    expect(codes(await runWith('mutation { open { mobile } }', sent))).toEqual(['proof_invalid']);
    expect(codes(await runWith('{ peek }', sent))).toEqual(['proof_invalid']);
  });

  it('uses a proof up for one of two fields of one request', async () => {
    const { proof, id } = await proven();
    const answer = await runWith('mutation { a: open { mobile } b: open { mobile } }', proof);
    expect(codes(answer)).toEqual(['proof_consumed']);
    const types = (await t.otps.history(id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'consumed')).toHaveLength(1);
  });

  it('opens two fields of one request to a proof that is reusable there', async () => {
    const { proof, mobile } = await proven();
    const answer = await runWith('mutation { a: reopen { mobile } b: reopen { mobile } }', proof);
    expect(answer).toEqual({ data: { a: { mobile }, b: { mobile } } });
  });

  it('gives each of the fields of one request its own proof', async () => {
    const [first, second] = [await proven(), await proven()];
    const query = `mutation {
      a: openByArgument(otpProof: "${first.proof}") { mobile }
      b: openByArgument(otpProof: "${second.proof}") { mobile }
    }`;
    expect(await run(query)).toEqual({
      data: { a: { mobile: first.mobile }, b: { mobile: second.mobile } },
    });
  });

  it('compares the binding with the arguments of the field', async () => {
    const { proof, mobile } = await proven({ binding: { to: 'A' } });
    const pay = (to: string) => runWith(`mutation { pay(to: "${to}") { mobile } }`, proof);
    expect(codes(await pay('B'))).toEqual(['proof_invalid']);
    expect(await pay('A')).toEqual({ data: { pay: { mobile } } });
  });

  it('opens an optional field without a proof, in the same request as with one', async () => {
    const { proof, mobile } = await proven();
    expect(await run('{ peek }')).toEqual({ data: { peek: 'nobody' } });
    expect(await runWith('{ peek }', proof)).toEqual({ data: { peek: mobile } });
  });

  it('stays closed when a decorator was forgotten', async () => {
    const { proof } = await proven();
    const forgotten = await runWith('mutation { forgotten { mobile } }', proof);
    expect(codes(forgotten)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(forgotten.errors![0]!.message).toContain("needs @RequireOtp('<purpose>')");
    const unguarded = await runWith('mutation { unguarded }', proof);
    expect(unguarded.errors![0]!.message).toContain('@VerifiedOtp() needs');
  });

  it('remembers no proof of one field for its unguarded neighbour', async () => {
    // Fields of a mutation run one after the other: the proof was accepted when the second begins.
    const query = 'mutation { open { mobile } unguarded }';
    const answer = await runWith(query, (await proven()).proof);
    expect(answer.errors![0]!.message).toContain('@VerifiedOtp() needs');
    expect(answer.errors).toMatchObject([{ path: ['unguarded'] }]);
  });
});
