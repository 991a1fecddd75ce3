/** The first message of a device, as commands to be pasted into a shell; `<…>` is the maker's to fill in. */
export function mqttCommand({ host, port }: { host: string; port: number }): string {
  return [
    `mosquitto_pub -h ${host} -p ${port} -u '<provider>' -P '<token>' -q 1 \\`,
    "  -t 'city/v1/<provider>/balcony/readings' \\",
    `  -m '{"pm10":12.3,"pm2_5":8.1}'`,
  ].join('\n');
}

/** The same without MQTT. */
export function httpCommand(origin: string): string {
  return [
    `curl -X POST '${origin}/api/v1/push/native?device=<provider>/balcony' \\`,
    "  -H 'Authorization: Bearer <token>' \\",
    `  -d '{"pm10":12.3,"pm2_5":8.1}'`,
  ].join('\n');
}
