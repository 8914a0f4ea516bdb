/** Someone who has proven a mobile number. */
export interface User {
  id: string;
  /** E.164, as it was proven. */
  mobile: string;
}
