// Slack's own Socket Mode client against the Web API at argv[2], with the app-level token argv[3]. Prints one JSON line for
// each thing it sees; acknowledges every envelope, and answers commands.
const { SocketModeClient, LogLevel } = require('@slack/socket-mode');
const say = (event, rest = {}) => console.log(JSON.stringify({ event, ...rest }));
const client = new SocketModeClient({
  appToken: process.argv[3],
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: `${process.argv[2]}/`, retryConfig: { retries: 0 } },
});
for (const state of ['connecting', 'authenticated', 'connected', 'reconnecting', 'disconnecting', 'disconnected']) {
  client.on(state, () => say(state));
}
client.on('slack_event', async ({ type, envelope_id, ack, accepts_response_payload, retry_num }) => {
  say('envelope', { type, envelope_id, retry_num });
  if (ack) await ack(accepts_response_payload ? { text: 'done' } : undefined);
});
client.on('error', (error) => say('error', { message: error.message }));
process.on('SIGTERM', async () => {
  await client.disconnect().catch(() => {});
  process.exit(0);
});
client.start().catch((error) => {
  say('failed', { message: error.message });
  process.exit(1);
});
