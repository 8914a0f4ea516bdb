import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import {
  getOtpToken,
  InjectOtp,
  OnOtpEvent,
  OtpControls,
  OtpGuard,
  OtpLanguages,
} from 'nestjs-ants-otp';
import {
  OtpModule,
  OtpOptional,
  OtpProof,
  OtpService,
  RequireOtp,
  VerifiedOtp,
} from 'nestjs-ants-otp';
import type { AnyOtpEvent, OtpOptions } from 'nestjs-ants-otp';
import { getOtpTesterToken, OtpTester, OtpTestingModule } from 'nestjs-ants-otp/testing';
import type { AntsSimulator, OtpTestingOptions } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile, SECRET } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { isPooled } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { runLog } from '../support/leaks/run-log.js';
import { until } from '../support/until.js';

@Injectable()
class Staff {
  readonly heard: string[] = [];

  constructor(
    @InjectOtp('staff') readonly otps: OtpService,
    @InjectOtp('staff', OtpControls) readonly controls: OtpControls,
    @InjectOtp() readonly customers: OtpService,
  ) {}

  @OnOtpEvent('verified', { instance: 'staff' })
  ofStaff({ instance }: AnyOtpEvent): void {
    this.heard.push(`staff handler: ${instance}`);
  }

  @OnOtpEvent('verified')
  ofCustomers({ instance }: AnyOtpEvent): void {
    this.heard.push(`customer handler: ${instance}`);
  }

  @OnOtpEvent('verified', { instance: ['default', 'staff'] })
  ofBoth({ instance }: AnyOtpEvent): void {
    this.heard.push(`handler of both: ${instance}`);
  }
}

@Controller('vault')
@UseGuards(OtpGuard)
class VaultController {
  @Post('staff')
  @RequireOtp('vault', { instance: 'staff' })
  staff(@VerifiedOtp() { mobile }: OtpProof): object {
    return { mobile };
  }

  @Post('customers')
  @RequireOtp('vault')
  customers(@VerifiedOtp() { mobile }: OtpProof): object {
    return { mobile };
  }
}

const optionsOf = ({ settings, url }: AntsSimulator): OtpOptions => ({
  username: settings.username,
  password: settings.password,
  otcId: settings.otcIds[0]!,
  baseUrl: url,
  secret: SECRET,
  allowInsecure: true,
  sweepEvery: false,
  preparedStatements: !isPooled(),
});

describe.each(ADAPTERS)('two modules in one app on %s', (adapter) => {
  // One secret for both: their names alone must keep them apart.
  const customersAnts = recordedSimulator({ reports: 'manual' });
  const staffAnts = recordedSimulator({ reports: 'manual', password: 'of-the-staff-account' });
  let t: TestApp;
  let staff: Staff;
  beforeAll(async () => {
    await customersAnts.start();
    await staffAnts.start();
    const publicUrl = 'http://127.0.0.1:1';
    t = await bootApp({
      adapter,
      simulator: customersAnts,
      options: { publicUrl },
      extras: { routes: true },
      imports: [
        OtpModule.forRoot({
          ...optionsOf(staffAnts),
          ...{ name: 'staff', publicUrl, routes: true, refusalStatus: 403, language: 'th' },
          proof: { header: 'x-staff-proof' },
        }),
      ],
      controllers: [VaultController],
      providers: [Staff],
    });
    staff = t.app.get(Staff);
  });
  afterAll(async () => {
    await t.close();
    await customersAnts.stop();
    await staffAnts.stop();
  });

  const post = (path: string) => request(t.app.getHttpServer() as never).post(path);

  async function proven(otps: OtpService, ants: AntsSimulator, mobile: string): Promise<string> {
    const { id, ticket } = await otps.request({ mobile, purpose: 'vault' });
    const { code } = ants.messages(mobile).at(-1)!;
    const { proof } = await otps.verify(id, code, { ticket, purpose: 'vault' });
    return proof;
  }

  it('each has its account, cool-downs, rows and tickets', async () => {
    const mobile = nextMobile();
    const ours = await t.otps.request({ mobile });
    const theirs = await staff.otps.request({ mobile });
    expect(customersAnts.messages(mobile)).toHaveLength(1);
    expect(staffAnts.messages(mobile)).toHaveLength(1);
    expect(await t.otps.find({ mobile })).toMatchObject([{ id: ours.id }]);
    expect(await staff.otps.find({ mobile })).toMatchObject([{ id: theirs.id }]);
    const { code } = staffAnts.messages(mobile).at(-1)!;
    for (const { ticket } of [ours, theirs])
      await expect(t.otps.verify(theirs.id, code, { ticket })).rejects.toMatchObject({
        code: 'not_found',
      });
    await expect(staff.otps.cancel(ours.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('each is injected under its name, and the one without a name by its class', () => {
    expect(t.app.get(getOtpToken('staff')) === staff.otps).toBe(true);
    expect(t.app.get(getOtpToken()) === t.otps).toBe(true);
    expect(t.app.get(OtpService) === staff.customers).toBe(true);
    expect(staff.otps === staff.customers).toBe(false);
    const languages = (name?: string) =>
      t.app.get<OtpLanguages>(getOtpToken(name, OtpLanguages)).of(undefined);
    expect([languages(), languages('staff')]).toEqual(['en', 'th']);
  });

  it('a pause of the one stops no SMS of the other', async () => {
    await staff.controls.pauseSends();
    await expect(staff.otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(t.otps.request({ mobile: nextMobile() })).resolves.toBeDefined();
    await staff.controls.resumeSends();
  });

  it('a proof opens routes of its own module alone', async () => {
    const mobile = nextMobile();
    const ours = await proven(t.otps, customersAnts, mobile);
    const theirs = await proven(staff.otps, staffAnts, mobile);
    await post('/vault/staff').set('X-Staff-Proof', ours).expect(403);
    await post('/vault/staff').set('X-OTP-Proof', theirs).expect(403);
    await post('/vault/customers').set('X-OTP-Proof', theirs).expect(401);
    await post('/vault/staff')
      .set('X-Staff-Proof', theirs)
      .expect(201, { mobile: `+66${mobile.slice(1)}` });
    await post('/vault/staff').set('X-Staff-Proof', theirs).expect(403);
    await post('/vault/customers').set('X-OTP-Proof', ours).expect(201);
  });

  it('each has ready routes, at its own path', async () => {
    const mobile = nextMobile();
    await post('/otp/staff').send({ mobile }).expect(201);
    expect(staffAnts.messages(mobile)).toHaveLength(1);
    expect(customersAnts.messages(mobile)).toHaveLength(0);
    await post('/otp').send({ mobile }).expect(201);
    expect(customersAnts.messages(mobile)).toHaveLength(1);
  });

  it('both stand in one OpenAPI document', () => {
    const { paths } = SwaggerModule.createDocument(t.app, new DocumentBuilder().build());
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path as Record<string, { operationId: string }>).map(
        ({ operationId }) => operationId,
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const refused = (path: string) => Object.keys(paths[path]!.post!.responses);
    expect(refused('/vault/staff')).toEqual(['201', '403']);
    expect(refused('/vault/customers')).toEqual(['201', '401']);
  });

  it('a delivery report arrives at its own webhook, and is nothing at the other', async () => {
    const mobile = nextMobile();
    const { id } = await staff.otps.request({ mobile });
    const sent = staffAnts.requests.at(-1)!.body as { notifyUrl: string };
    const path = new URL(sent.notifyUrl).pathname;
    expect(path).toMatch(/^\/otp\/staff\/delivery-reports\/[\w-]+$/);
    const report = {
      results: [{ messageId: '1', to: `66${mobile.slice(1)}`, status: { id: 5, groupId: 3 } }],
    };
    await post(path.replace('/staff', '')).send(report).expect(404);
    await post(path).send(report).expect(200);
    expect((await staff.otps.status(id)).id).toBe(id);
  });

  it('an event reaches the handlers of its module', async () => {
    staff.heard.length = 0;
    await proven(staff.otps, staffAnts, nextMobile());
    await until('staff is heard of', () => staff.heard.length >= 2);
    expect(staff.heard.sort()).toEqual(['handler of both: staff', 'staff handler: staff']);
    staff.heard.length = 0;
    await proven(t.otps, customersAnts, nextMobile());
    await until('a customer is heard of', () => staff.heard.length >= 2);
    expect(staff.heard.sort()).toEqual(['customer handler: default', 'handler of both: default']);
  });
});

describe('the start of an app', () => {
  async function start(
    modules: OtpTestingOptions[],
    controllers: Type[] = [],
    more: DynamicModule[] = [],
  ): Promise<void> {
    const imports = [...modules.map((own) => OtpTestingModule.forTest(own)), ...more];
    const testing = Test.createTestingModule({ imports, controllers }).setLogger(runLog());
    const app = (await testing.compile()).createNestApplication();
    try {
      await app.init();
    } finally {
      await app.close();
    }
  }

  @Controller()
  class StaffController {
    @Post()
    @UseGuards(OtpGuard)
    @RequireOtp('vault', { instance: 'staff' })
    open(): void {
      // by a proof of staff
    }
  }

  @Controller()
  @OtpOptional('login')
  class CustomersController {}

  it('is refused for two modules without a name', async () => {
    await expect(start([{}, {}])).rejects.toThrow(
      /option "instance" must be one that no other OtpModule of the app has: .*forRoot\({ name: .*, got "default"/,
    );
  });

  it('is refused for two modules with one set of rows and keys', async () => {
    const twins = [
      { name: 'a', otp: { instance: 'x' } },
      { name: 'b', otp: { instance: 'x' } },
    ];
    await expect(start(twins)).rejects.toThrow(/option "instance" must be .*, got "x"/);
  });

  it.each(['a/b', '', 'ก', ' staff'])('is refused for the name "%s"', async (name) => {
    await expect(start([{ name }])).rejects.toThrow(/option "name" must be a name of letters/);
  });

  it('is refused for a route of a module that is missing', async () => {
    await expect(start([{}], [StaffController])).rejects.toThrow(
      'No OtpModule of this app has the name "staff". The mark on StaffController.open asks for it: name one of them as { instance }.',
    );
    await expect(start([{}, { name: 'staff' }], [StaffController])).resolves.toBeUndefined();
  });

  it('is refused for two webhooks at one path', async () => {
    const webhook = { path: 'reports' };
    await expect(start([{ webhook }, { name: 'staff', webhook }])).rejects.toThrow(
      /option "webhook\.path" must be one that no path of another OtpModule .* got "reports"/,
    );
    for (const path of ['staff/reports', 'Reports'])
      await expect(start([{ name: 'staff', webhook: { path } }, { webhook }])).rejects.toThrow(
        /option "webhook\.path" .* got "[rR]eports"/,
      );
  });

  it('is refused for a handler of events of a module that is missing', async () => {
    @Module({})
    class HandlersModule {}
    class Handlers {
      @OnOtpEvent('verified', { instance: ['default', 'staf'] })
      note(): void {
        // of nobody
      }
    }
    const handlers = [{ module: HandlersModule, providers: [Handlers] }];
    await expect(start([{}, { name: 'staff' }], [], handlers)).rejects.toThrow(
      'has the name "staf". The handler Handlers.note asks for it',
    );
  });

  it('is refused for what routes without a mark demand, of a named module or one that is missing', async () => {
    const requiring = (instance?: string) => ({
      proof: { required: { purpose: 'login', instance } },
    });
    await expect(start([{}, { name: 'staff', otp: requiring() }])).rejects.toThrow(
      /option "proof\.required" must be left to the module without a name/,
    );
    await expect(start([{ otp: requiring('staff') }])).rejects.toThrow(
      'has the name "staff". Option "proof.required" asks for it',
    );
    await expect(start([{ otp: requiring('staff') }, { name: 'staff' }])).resolves.toBeUndefined();
  });

  it('is refused for a class that names none of two named modules', async () => {
    const named = [{ name: 'staff' }, { name: 'shop' }];
    await expect(start(named, [CustomersController])).rejects.toThrow(
      'No OtpModule of this app has the name "default". The mark on CustomersController',
    );
    await expect(start(named)).resolves.toBeUndefined();
  });

  it('with named modules alone tells of an unmarked route what it tells of any', async () => {
    @Controller('open')
    class UnmarkedController {
      @Post()
      @UseGuards(OtpGuard)
      forgotten(): void {
        // by nothing
      }
    }
    const imports = [OtpTestingModule.forTest({ name: 'staff' })];
    const testing = Test.createTestingModule({ imports, controllers: [UnmarkedController] });
    const errors: unknown[] = [];
    const log = runLog({ error: (...said: unknown[]) => errors.push(said.map(String)) });
    const app = (await testing.setLogger(log).compile()).createNestApplication();
    try {
      await app.init();
      await request(app.getHttpServer() as never)
        .post('/open')
        .expect(500);
      expect(JSON.stringify(errors)).toContain(
        'OtpGuard on UnmarkedController.forgotten needs @RequireOtp',
      );
    } finally {
      await app.close();
    }
  });

  it('in a test has an OtpTester for each', async () => {
    const imports = [OtpTestingModule.forTest(), OtpTestingModule.forTest({ name: 'staff' })];
    const testing = Test.createTestingModule({ imports }).setLogger(runLog());
    const app = (await testing.compile()).createNestApplication();
    try {
      await app.init();
      const staff = app.get<OtpTester>(getOtpTesterToken('staff'));
      const mobile = nextMobile();
      const { id, ticket } = await app.get<OtpService>(getOtpToken('staff')).request({ mobile });
      expect(app.get(OtpTester).messages(mobile)).toEqual([]);
      const { proof } = await app
        .get<OtpService>(getOtpToken('staff'))
        .verify(id, staff.codeFor(mobile), { ticket });
      expect(proof).toEqual(expect.any(String));
    } finally {
      await app.close();
    }
  });

  it('has no token for what a module does not export', () => {
    expect(() => getOtpToken('staff', OtpGuard)).toThrow(/OtpGuard is none of OtpService, /);
  });
});
