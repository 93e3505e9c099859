/** The time a number of days after `time`. */
export const daysAfter = (time: Date, days: number): Date => new Date(time.getTime() + days * 86_400_000);
