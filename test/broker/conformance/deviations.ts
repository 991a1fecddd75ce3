/** Cases that our broker does not pass, by name, each with the reason. */
export const deviations: Readonly<Record<string, string>> = {};
