/**
 * Client ids of the platform's own services begin with this. The broker treats a session of the admin
 * account with such an id as the platform itself: it has a longer queue, and when that fills up publishers
 * wait for their acknowledgement rather than the session losing messages.
 */
export const platformClientIdPrefix = 'sensorplatz-';
