/** German, of the device screen. */
export const deDevice = {
  title: 'Gerät',
};
