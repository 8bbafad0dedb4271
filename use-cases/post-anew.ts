/** The end of a cure that changes the migration file: once a wave was started, nothing of its migration changes but `estate` and `planning`. */
export const postAnew = (correction: string): string =>
  `${correction} and post that file as a migration of another name`;
