import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { AntsClient } from '../../src/providers/ants/ants.client.js';

/**
 * One client, its three calls in turn. It is a process of its own because the client trusts what
 * Node trusts, and Node reads NODE_EXTRA_CA_CERTS at its start. Prints the three outcomes.
 */
const client = new AntsClient(new HttpService(axios.create()), {
  baseUrl: process.argv[2] ?? '',
  credential: { auth: 'basic', username: 'shop', password: 'p' },
});
console.log(
  JSON.stringify([
    await client.send({ otcId: 'F2A1', mobile: '66812345678' }),
    await client.resend({ otcId: 'F2A1', otpId: '1' }),
    await client.verify({ otpId: '1', otpCode: '918273' }),
  ]),
);
client.onApplicationShutdown();
