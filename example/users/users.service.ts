import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { User } from './user.js';

/** The users, by number. In memory: an app of your own has a table, with a unique index on it. */
@Injectable()
export class UsersService {
  private readonly byMobile = new Map<string, User>();

  findOrCreate(mobile: string): User {
    const user = this.byMobile.get(mobile) ?? { id: randomUUID(), mobile };
    this.byMobile.set(mobile, user);
    return user;
  }
}
