/** Whether the value of a setting, tag or property of such a name may be a secret, which is neither stored nor shown. */
export const mayBeSecret = (name: string): boolean =>
  /passw|passphrase|secret|token|credential|jaas|private.?key|api.?key|access.?key/i.test(name);

export const MASKED = "masked";
