/** As what somebody comes in: without an account, with one, or to get one. */
export type WayIn = 'guest' | 'login' | 'register';
