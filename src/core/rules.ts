/** Who may come, and who may stay; it changes when settings are read again. */
export interface Rules {
  /** Whether people without an account take part. */
  readonly takesGuests: boolean;
  /** Whether everybody can get an account. */
  readonly canRegister: boolean;
}
